package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A tool call that the policy wants approved, as an MCP client meets it. */
final class ElicitedApprovalsTest {

  private static String text(JsonNode answer) {
    return answer.path("result").path("content").path(0).path("text").asString("");
  }

  private static void answer(Session session, JsonNode question, String result) {
    session.send(
        "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}".formatted(question.path("id"), result));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"action\":\"accept\",\"content\":{\"decision\":\"allow\"}} | ALLOW",
        "{\"action\":\"accept\",\"content\":{\"decision\":\"allow_for_run\"}} | ALLOW_FOR_RUN",
        "{\"action\":\"accept\",\"content\":{\"decision\":\"deny\"}} | DENY",
        "{\"action\":\"accept\",\"content\":{}} | DENY",
        "{\"action\":\"accept\"} | DENY",
        "{\"action\":\"decline\"} | DENY",
        "{\"action\":\"cancel\"} | DENY"
      })
  void what_the_user_says_is_what_the_daemon_hears(String result, String choice) {
    try (var session = new Session().greetedWithElicitation()) {
      session.run("r", "ask mail send {\"to\":\"a@b.test\"}");
      var question = session.next();

      assertThat(question.path("method").asString())
          .as(question.toString())
          .isEqualTo("elicitation/create");
      assertThat(question.path("params").path("message").asString())
          .isEqualTo(
              """
              A program in the sandbox wants to call send of the server mail.
              Arguments: {"to":"a@b.test"}
              The policy asks for approval: tools.ask[0] (x.yaml:3)\
              """);
      answer(session, question, result);
      assertThat(text(session.next("r"))).startsWith("Answer[choice=" + choice + ",");
    }
  }

  @Test
  void a_client_that_cannot_ask_its_user_is_not_asked() {
    try (var session = new Session().greeted()) {
      session.run("r", "ask mail send {}");

      assertThat(text(session.next("r"))).isEqualTo("nobody can be asked");
    }
  }

  @Test
  void an_error_of_the_client_is_a_refusal() {
    try (var session = new Session().greetedWithElicitation()) {
      session.run("r", "ask mail send {}");
      var question = session.next();
      session.send(
          "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32603,\"message\":\"no\"}}"
              .formatted(question.path("id")));

      assertThat(text(session.next("r"))).startsWith("Answer[choice=DENY, reason=the client");
    }
  }

  @Test
  void what_a_screen_would_act_on_is_shown_and_not_done() {
    try (var session = new Session().greetedWithElicitation()) {
      session.run("r", "ask mail send {\"a\":\"\u202e\u200b\u007f\u009b2J\"}");
      var question = session.next();

      assertThat(question.path("params").path("message").asString())
          .contains("Arguments: {\"a\":\"\\u{202e}\\u{200b}\\u{7f}\\u{9b}2J\"}");
      answer(session, question, "{\"action\":\"decline\"}");
      session.next("r");
    }
  }
}
