package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Approvals;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.ElicitRequest;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import java.util.List;
import java.util.Map;

/**
 * {@link Approvals} by MCP elicitation: the client shows the question to its user. A client that
 * did not say that it can is not asked. Any thread; a question that is withdrawn stays on the
 * client's screen, and its answer is dropped.
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

  private final McpSyncServerExchange exchange;

  ElicitedApprovals(McpSyncServerExchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public boolean canAsk() {
    var capabilities = exchange.getClientCapabilities();
    var elicitation = capabilities == null ? null : capabilities.elicitation();
    // Without a word about modes it means forms, as it did before there were others.
    return elicitation != null && (elicitation.form() != null || elicitation.url() == null);
  }

  @Override
  public Answer ask(Question question) throws InterruptedException {
    ElicitResult result;
    try {
      result = exchange.createElicitation(ElicitRequest.builder(question.text(), SCHEMA).build());
    } catch (RuntimeException failed) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the question was withdrawn");
      }
      return Answer.deny("the client could not ask: " + failed.getMessage());
    }
    return switch (result.action()) {
      case ACCEPT -> decision(result);
      case DECLINE -> Answer.deny("");
      case CANCEL -> Answer.deny("the question was closed without an answer");
    };
  }

  private static Answer decision(ElicitResult result) {
    var content = result.content();
    var decision = content == null ? "" : String.valueOf(content.get("decision"));
    return switch (decision) {
      case "allow" -> new Answer(Answer.Choice.ALLOW, "");
      case "allow_for_run" -> new Answer(Answer.Choice.ALLOW_FOR_RUN, "");
      default -> Answer.deny("");
    };
  }
}
