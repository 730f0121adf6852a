package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.relay.Forms;
import dev.caisson.mcp.relay.Pictures;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
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
  void the_tools_are_listed_with_all_annotations() {
    try (var session = new Session().greeted()) {
      session.send("{\"jsonrpc\":\"2.0\",\"id\":\"l\",\"method\":\"tools/list\"}");
      var tools = session.next("l").path("result").path("tools");

      assertThat(tools)
          .extracting(t -> t.path("name").asString())
          .containsExactly(
              "run_code",
              "runs",
              "search_tools",
              "generate_python_api",
              "sessions",
              "files",
              "create_plot");
      assertThat(tools)
          .allSatisfy(tool -> {
            assertThat(tool.path("annotations").propertyNames())
                .contains("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint");
          });
    }
  }

  /** Counted by two tokenizers; a model of another kind counts a few more, so there is room. */
  @Test
  void what_a_model_reads_of_the_tools_is_well_under_1500_tokens() {
    try (var session = new Session().greeted()) {
      var read = new StringBuilder();
      for (var tool : session.ask("tools/list", Map.of()).path("result").path("tools")) {
        for (var part : List.of("name", "description", "inputSchema")) {
          read.append(tool.path(part)).append('\n');
        }
      }
      var encodings = Encodings.newLazyEncodingRegistry();
      for (var kind : List.of(EncodingType.CL100K_BASE, EncodingType.O200K_BASE)) {
        assertThat(encodings.getEncoding(kind).countTokens(read.toString()))
            .as("%s of%n%s", kind, read)
            .isLessThan(1_300);
      }
    }
  }

  private static String instructions(SessionPerConnection mode) {
    try (var session = new Session(new FakeSessionHost(), new FrontendOptions("", mode))) {
      session.initialize();
      return session.next("hello").path("result").path("instructions").asString();
    }
  }

  @Test
  void the_instructions_tell_to_make_a_session_only_where_there_is_none() {
    assertThat(instructions(SessionPerConnection.NO))
        .contains("make a session with sessions")
        .endsWith(" with files.");
    assertThat(instructions(SessionPerConnection.YES))
        .doesNotContain("make a session")
        .endsWith("Variables and files stay from run to run; read and write the files with files.");
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
  void images_come_as_images_with_a_word_in_their_place() {
    try (var session = new Session().greeted()) {
      session.run(
          "r",
          "print one\nshow image/png PNG1\nprint two\nshow text/plain table\nfigure image/png PNG2");
      var answer = session.next("r");

      assertThat(text(answer))
          .isEqualTo(
              "one\n[image 1: image/png, %1$d B]\ntwo\ntable\n=> <Figure> [image 2: image/png, %1$d B]"
                  .formatted(Pictures.png("1").length));
      var content = answer.path("result").path("content");
      assertThat(content).hasSize(3);
      assertThat(content.path(1).path("type").asString()).isEqualTo("image");
      assertThat(content.path(1).path("mimeType").asString()).isEqualTo("image/png");
      assertThat(Base64.getDecoder().decode(content.path(1).path("data").asString()))
          .asString(StandardCharsets.ISO_8859_1)
          .contains("Comment\0" + "1");
      assertThat(structured(answer).path("displays"))
          .hasToString("[[\"text/html\",\"image/png\"],[\"text/html\",\"text/plain\"]]");
      assertThat(structured(answer).path("stdout").asString()).isEqualTo("one\ntwo\n");
    }
  }

  @Test
  void an_image_that_is_none_never_reaches_the_client_as_one() {
    try (var session = new Session().greeted()) {
      session.run("r", "show image/png <script>");
      var answer = session.next("r");

      assertThat(text(answer)).isEqualTo("[no image: the bytes are not image/png, 8 B]");
      assertThat(answer.path("result").path("content")).hasSize(1);
    }
  }

  @Test
  void an_image_that_is_too_large_for_a_client_never_reaches_it() {
    try (var session = new Session().greeted()) {
      session.run("r", "show image/png PNG" + "x".repeat(3_932_160));
      var answer = session.next("r");

      assertThat(text(answer)).startsWith("[no image: 3,932,").endsWith(", 3,932 KB]");
      assertThat(answer.path("result").path("content")).hasSize(1);
    }
  }

  @Test
  void of_many_images_the_first_ten_come_and_a_note_says_so() {
    try (var session = new Session().greeted()) {
      session.run("r", "show image/png PNG\n".repeat(12));
      var answer = session.next("r");

      assertThat(answer.path("result").path("content")).hasSize(11);
      assertThat(text(answer)).endsWith("note: 2 images are left out; show fewer");
    }
  }

  @Test
  void images_of_more_than_four_mebibytes_in_all_are_left_out() {
    try (var session = new Session().greeted()) {
      var large = "show image/png PNG" + "x".repeat((2 << 20) - 100) + "\n";
      session.run("r", large + large + "show image/png PNG");
      var answer = session.next("r");

      assertThat(answer.path("result").path("content")).hasSize(3);
      assertThat(text(answer)).endsWith("note: 1 images are left out; show fewer");
    }
  }

  @Test
  void what_has_no_text_and_no_image_is_named() {
    var forms = new Forms(List.of(new Forms.Form("application/pdf", new byte[2_000])));

    assertThat(new ShownImages().add(forms)).isEqualTo("[application/pdf, 2 KB]");
  }

  @Test
  void of_a_progress_bar_the_last_state_is_kept_and_every_state_is_progress() {
    try (var session = new Session().greeted()) {
      session.call(
          "r",
          "run_code",
          Map.of("code", "draw \\r0%\ndraw \\r50%\ndraw \\r100%\ngate\nprint !"),
          Map.of("progressToken", "t"));
      session.runner.opened.countDown();
      var seen = new StringBuilder();
      var message = session.next();
      while (message.has("method")) {
        seen.append(message.path("params").path("message").asString());
        message = session.next();
      }

      assertThat(text(message)).isEqualTo("100%!");
      assertThat(structured(message).path("stdout").asString()).isEqualTo("100%!\n");
      assertThat(seen.toString()).isEqualTo("\r0%\r50%\r100%!\n");
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
