package dev.caisson.mcp.tools;

import dev.caisson.mcp.protocol.ClientLink;
import dev.caisson.mcp.protocol.ClientRefusedException;
import dev.caisson.mcp.protocol.Elicited;
import dev.caisson.mcp.relay.Approvals;
import java.util.List;
import java.util.Map;

/**
 * {@link Approvals} by MCP elicitation: the client shows the question to its user. A client that
 * did not say that it can is not asked. Any thread; the client is told of a question that is
 * withdrawn, and its answer is dropped.
 */
final class ElicitedApprovals implements Approvals {

  private static final Map<String, Object> SCHEMA =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of(
              "decision",
              Map.of(
                  "type",
                  "string",
                  "title",
                  "Allow this call?",
                  "enum",
                  List.of("allow", "allow_for_run", "deny"),
                  "enumNames",
                  List.of("Allow once", "Allow this tool until the program ends", "Deny"))),
          "required",
          List.of("decision"));

  private final ClientLink client;

  ElicitedApprovals(ClientLink client) {
    this.client = client;
  }

  @Override
  public boolean canAsk() {
    return client.capabilities().canShowForms();
  }

  @Override
  public Answer ask(Question question) throws InterruptedException {
    Elicited result;
    try {
      result = client.elicit(question.text(), SCHEMA);
    } catch (ClientRefusedException failed) {
      return Answer.deny("the client could not ask: " + failed.getMessage());
    }
    return switch (result.action()) {
      case ACCEPT -> decision(result);
      case DECLINE -> Answer.deny("");
      case CANCEL -> Answer.deny("the question was closed without an answer");
    };
  }

  private static Answer decision(Elicited result) {
    return switch (String.valueOf(result.content().get("decision"))) {
      case "allow" -> new Answer(Answer.Choice.ALLOW, "");
      case "allow_for_run" -> new Answer(Answer.Choice.ALLOW_FOR_RUN, "");
      default -> Answer.deny("");
    };
  }
}
