package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class FrontendToolsTest {

  private static JsonNode structured(JsonNode answer) {
    return answer.path("result").path("structuredContent");
  }

  private static String text(JsonNode answer) {
    return answer.path("result").path("content").path(0).path("text").asString("");
  }

  @Test
  void both_tools_are_listed_with_all_annotations_and_an_output_schema() {
    try (var session = new Session().greeted()) {
      session.send("{\"jsonrpc\":\"2.0\",\"id\":\"l\",\"method\":\"tools/list\"}");
      var tools = session.next("l").path("result").path("tools");

      assertThat(tools)
          .extracting(t -> t.path("name").asString())
          .containsExactly("run_code", "search_tools");
      assertThat(tools)
          .allSatisfy(tool -> {
            assertThat(tool.path("outputSchema").isObject()).isTrue();
            assertThat(tool.path("annotations").propertyNames())
                .contains("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint");
          });
    }
  }

  @Test
  void a_run_gives_its_output_first_and_then_its_value() {
    try (var session = new Session().greeted()) {
      session.run("r", "print hello\nvalue {\"a\": 1}");
      var answer = session.next("r");

      assertThat(text(answer)).isEqualTo("hello\n=> {\"a\": 1}");
      assertThat(answer.path("result").path("isError").asBoolean()).isFalse();
      assertThat(structured(answer).path("outcome").asString()).isEqualTo("SUCCEEDED");
      assertThat(structured(answer).path("stdout").asString()).isEqualTo("hello\n");
      assertThat(structured(answer).path("value").path("a").asInt()).isEqualTo(1);
      assertThat(structured(answer).path("run_id").asString()).isEqualTo("run-1");
      assertThat(structured(answer).path("timeline").path("end_ms").isNumber()).isTrue();
    }
  }

  @Test
  void a_failed_run_is_an_error_with_the_cause_first() {
    try (var session = new Session().greeted()) {
      session.run("r", "print before\nfail no such key");
      var answer = session.next("r");

      assertThat(answer.path("result").path("isError").asBoolean()).isTrue();
      assertThat(text(answer))
          .isEqualTo("FAILED: ValueError: no such key\nTraceback: no such key\noutput:\nbefore");
      assertThat(structured(answer).path("exception").path("type").asString())
          .isEqualTo("ValueError");
    }
  }

  @Test
  void a_daemon_that_is_not_there_is_an_error_that_says_what_to_do_and_the_server_goes_on() {
    try (var session = new Session().greeted()) {
      session.run("r", "unreachable");
      var answer = session.next("r");
      assertThat(answer.path("result").path("isError").asBoolean()).isTrue();
      assertThat(text(answer)).isEqualTo("no daemon answers\nWhat to do: start one");
      assertThat(structured(answer).path("outcome").asString()).isEqualTo("NOT_RUN");

      session.run("after", "print back");
      assertThat(text(session.next("after"))).isEqualTo("back");
    }
  }

  @Test
  void a_time_limit_that_is_no_duration_is_explained() {
    try (var session = new Session().greeted()) {
      session.call("r", "run_code", Map.of("code", "print x", "timeout", "soon"), Map.of());

      assertThat(text(session.next("r")))
          .isEqualTo("'soon' is not a duration; write for example 500ms, 10s or 2m");
    }
  }

  @Test
  void progress_comes_only_with_a_token_strictly_grows_and_carries_all_output() {
    try (var session = new Session().greeted()) {
      var code = new StringBuilder();
      var printed = new StringBuilder();
      for (var i = 0; i < 1000; i++) {
        code.append("print line ").append(i).append("\n");
        printed.append("line ").append(i).append("\n");
      }
      session.call("r", "run_code", Map.of("code", code.toString()), Map.of("progressToken", 7));

      var seen = new StringBuilder();
      var values = new ArrayList<Double>();
      var message = session.next();
      while (message.has("method")) {
        assertThat(message.path("method").asString()).isEqualTo("notifications/progress");
        assertThat(message.path("params").path("progressToken").asInt()).isEqualTo(7);
        values.add(message.path("params").path("progress").asDouble());
        seen.append(message.path("params").path("message").asString());
        message = session.next();
      }
      assertThat(seen.toString()).isEqualTo(printed.toString());
      assertThat(values).isSorted().doesNotHaveDuplicates().hasSizeLessThan(100);
      assertThat(structured(message).path("outcome").asString()).isEqualTo("SUCCEEDED");
    }
  }

  @Test
  void output_comes_as_progress_while_the_run_goes_on() {
    try (var session = new Session().greeted()) {
      session.call(
          "r",
          "run_code",
          Map.of("code", "print now\ngate\nprint then"),
          Map.of("progressToken", "t"));

      assertThat(session.next().path("params").path("message").asString()).isEqualTo("now\n");
      session.runner.opened.countDown();
      assertThat(session.next().path("params").path("message").asString()).isEqualTo("then\n");
      assertThat(text(session.next("r"))).isEqualTo("now\nthen");
    }
  }

  @Test
  void long_output_keeps_its_beginning_and_its_end_and_says_how_much_is_missing() {
    try (var session = new Session().greeted()) {
      session.run("r", "print first\nprint " + "x".repeat(100_000) + "\nprint last");
      var answer = session.next("r");

      assertThat(text(answer)).startsWith("first\nxxx").contains("last\nnote: ");
      assertThat(text(answer)).hasSizeLessThan(40_000);
      var cut = structured(answer).path("truncated").path("stdout_characters").asInt();
      assertThat(cut).isEqualTo("first\n".length() + 100_001 + "last\n".length() - 32 * 1024);
      assertThat(text(answer)).contains("… " + cut + " characters left out …");
    }
  }

  @Test
  void a_search_without_servers_finds_nothing_and_says_so() {
    try (var session = new Session().greeted()) {
      session.call("s", "search_tools", Map.of("query", "weather"), Map.of());
      var answer = session.next("s");

      assertThat(text(answer)).isEqualTo("No tool matches. An empty query lists all of them.");
      assertThat(structured(answer).path("tools")).isEmpty();
    }
  }
}
