package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.relay.Pictures;
import dev.caisson.mcp.relay.SessionHost.NewSession;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class RunInSessionTest {

  private static String text(JsonNode result) {
    return result.path("content").path(0).path("text").asString("");
  }

  private static JsonNode run(Session client, String code, String session) {
    return client.call("run_code", Map.of("code", code, "session", session));
  }

  private static Session withWork() {
    var client = new Session().greeted();
    client.call("sessions", Map.of("action", "create", "name", "work"));
    return client;
  }

  private static Session perConnection(FakeSessionHost host) {
    return new Session(host, new FrontendOptions("", SessionPerConnection.YES)).greeted();
  }

  @Test
  void a_run_is_in_the_session_that_it_names_and_says_so() {
    try (var client = withWork()) {
      var result = run(client, "session", "work");

      assertThat(text(result)).isEqualTo("session-1");
      assertThat(result.path("structuredContent").path("session").asString())
          .isEqualTo("session-1");
      assertThat(result.path("structuredContent").path("placement").asString())
          .isEqualTo("SESSION");
      assertThat(text(run(client, "session", "session-1"))).isEqualTo("session-1");
    }
  }

  @Test
  void a_run_that_names_none_has_a_sandbox_of_its_own() {
    try (var client = withWork()) {
      var result = client.call("run_code", Map.of("code", "print x\nsession"));

      assertThat(text(result)).isEqualTo("x");
      assertThat(result.path("structuredContent").has("session")).isFalse();
      assertThat(result.path("structuredContent").path("placement").asString()).isEqualTo("WARM");
    }
  }

  @Test
  void variables_that_were_lost_are_told_with_the_reason() {
    try (var client = withWork()) {
      var result = run(client, "lost the interpreter exited\nprint on", "work");

      assertThat(text(result))
          .isEqualTo(
              "on\nnote: before this run the session had lost its variables and imports; its files"
                  + " are there: the interpreter exited");
      assertThat(result.path("structuredContent").path("state_lost").asString())
          .isEqualTo("the interpreter exited");
      assertThat(text(run(client, "lost the deadline\nfail no such name", "work")))
          .startsWith("FAILED: ValueError: no such name\n")
          .endsWith("its files are there: the deadline");
    }
  }

  @Test
  void a_session_that_has_ended_is_told_when_a_run_comes_for_it() throws Exception {
    try (var client = withWork()) {
      client.host.end("session-1");

      var result = run(client, "gone", "work");

      assertThat(text(result)).startsWith("session session-1 has ended, with its variables");
      assertThat(result.path("structuredContent").path("outcome").asString()).isEqualTo("NOT_RUN");
    }
  }

  @Test
  void a_refusal_of_something_else_does_not_blame_the_session() {
    try (var client = withWork()) {
      assertThat(text(run(client, "gone", "work"))).isEqualTo("there is no such session");
      assertThat(text(run(client, "session", "work"))).isEqualTo("session-1");
    }
  }

  @Test
  void with_a_session_per_connection_it_is_made_at_the_first_run_and_ended_with_the_connection() {
    var host = new FakeSessionHost();
    try (var client = perConnection(host)) {
      client.ask("tools/list", Map.of());
      assertThat(host.made()).isZero();

      assertThat(text(client.call("run_code", Map.of("code", "session")))).isEqualTo("session-1");
      assertThat(text(client.call("run_code", Map.of("code", "session")))).isEqualTo("session-1");
      assertThat(text(run(client, "session", "default"))).isEqualTo("session-1");
      client.call("sessions", Map.of("action", "create", "name", "other"));
      assertThat(text(run(client, "session", "other"))).isEqualTo("session-2");
    }
    assertThat(host.list()).extracting(session -> session.name()).containsExactly("other");
  }

  @Test
  void the_default_session_is_never_that_of_another_connection() throws Exception {
    var host = new FakeSessionHost();
    host.create(new NewSession("default", "", "", Optional.empty(), Optional.empty()));
    try (var client = perConnection(host)) {
      assertThat(text(run(client, "session", "default"))).isEqualTo("session-2");
      assertThat(text(client.call("run_code", Map.of("code", "session")))).isEqualTo("session-2");
    }
    assertThat(host.list()).extracting(session -> session.id()).containsExactly("session-1");
  }

  @Test
  void no_other_session_of_the_connection_is_called_default() {
    var host = new FakeSessionHost();
    try (var client = perConnection(host)) {
      var refused = client.call("sessions", Map.of("action", "create", "name", "default"));

      assertThat(refused.path("isError").asBoolean()).isTrue();
      assertThat(text(refused))
          .isEqualTo(
              "'default' is the name of this connection's own session, which is made at its first"
                  + " use; choose another name");
    }
    try (var client = new Session().greeted()) {
      var made = client.call("sessions", Map.of("action", "create", "name", "default"));

      assertThat(made.path("isError").asBoolean()).isFalse();
    }
  }

  @Test
  void the_session_of_a_connection_is_not_made_for_what_cannot_be_done_in_it() {
    var host = new FakeSessionHost();
    try (var client = perConnection(host)) {
      assertThat(text(client.call("run_code", Map.of("code", "print x", "timeout", "soon"))))
          .startsWith("'soon' is not a duration");
      assertThat(text(client.call("files", Map.of("action", "write", "path", "a"))))
          .startsWith("'content' is missing");
      for (var action : List.of("end", "interrupt")) {
        for (var named : List.of("", "default")) {
          assertThat(text(client.call("sessions", Map.of("action", action, "session", named))))
              .isEqualTo("this connection has no session yet");
        }
      }
      var uri = Map.of("uri", "caisson://session/default/x");
      assertThat(client.ask("resources/read", uri).path("error").path("code").asInt())
          .isEqualTo(-32002);
    }
    assertThat(host.made()).isZero();
  }

  @Test
  void the_session_of_a_connection_is_made_anew_after_it_has_ended() throws Exception {
    var host = new FakeSessionHost();
    try (var client = perConnection(host)) {
      client.call("run_code", Map.of("code", "session"));
      host.end("session-1");

      assertThat(text(client.call("run_code", Map.of("code", "gone"))))
          .startsWith("session session-1 has ended, with its variables and files")
          .endsWith("; call again: a new one is made");
      assertThat(text(client.call("run_code", Map.of("code", "session")))).isEqualTo("session-2");

      client.call("sessions", Map.of("action", "end", "session", "default"));
      assertThat(text(client.call("run_code", Map.of("code", "session")))).isEqualTo("session-3");
    }
  }

  @Test
  void outputs_are_asked_for_by_pattern_and_by_change() {
    try (var client = new Session().greeted()) {
      assertThat(text(client.call("run_code", Map.of("code", "outputs"))))
          .isEqualTo("Outputs[patterns=[], changed=false]");
      assertThat(
              text(
                  client.call(
                      "run_code",
                      Map.of(
                          "code", "outputs", "outputs", List.of("*.png"), "changed_files", true))))
          .isEqualTo("Outputs[patterns=[*.png], changed=true]");
    }
  }

  @Test
  void files_of_a_run_in_a_session_are_images_embedded_or_links() {
    try (var client = withWork()) {
      var result =
          run(
              client,
              "print done\nfile plot.png PNG1\nfile data.csv a,b\nfile x.bin \u0000\u0001\n"
                  + "file long.txt "
                  + "x".repeat(65_537)
                  + "\nlarge out/big.pdf 31457280\nomit more than 100 files",
              "work");

      assertThat(text(result))
          .isEqualTo(
              """
              done
              files:
              plot.png [image 1: image/png, %d B]
              data.csv [text/csv, 3 B]
              x.bin [application/octet-stream, 2 B]
              long.txt [text/plain, 66 KB, a link]
              out/big.pdf [application/pdf, 31,457 KB, a link]
              3 more left out: more than 100 files\
              """
                  .formatted(Pictures.png("1").length));
      var content = result.path("content");
      assertThat(content)
          .extracting(block -> block.path("type").asString())
          .containsExactly(
              "text", "image", "resource", "resource", "resource_link", "resource_link");
      assertThat(content.path(2).path("resource").path("text").asString()).isEqualTo("a,b");
      assertThat(content.path(2).path("resource").path("uri").asString())
          .isEqualTo("caisson://session/session-1/data.csv");
      assertThat(
              Base64.getDecoder().decode(content.path(3).path("resource").path("blob").asString()))
          .containsExactly(0, 1);
      assertThat(content.path(5).path("uri").asString())
          .isEqualTo("caisson://session/session-1/out/big.pdf");
      assertThat(content.path(5).path("mimeType").asString()).isEqualTo("application/pdf");
      assertThat(content.path(5).path("size").asLong()).isEqualTo(31_457_280);
      assertThat(result.path("structuredContent").path("files").path(4))
          .hasToString(
              "{\"path\":\"out/big.pdf\",\"size\":31457280,\"uri\":\"caisson://session/session-1/out/big.pdf\"}");
    }
  }

  @Test
  void without_a_session_more_is_embedded_and_what_is_too_large_is_named() {
    try (var client = new Session().greeted()) {
      var large = "x".repeat(700_000);
      var result =
          client.call(
              "run_code",
              Map.of(
                  "code",
                  "file a.txt " + large + "\nfile b.txt " + large + "\nlarge c.pdf 31457280"));

      assertThat(text(result))
          .endsWith(
              """
              files:
              a.txt [text/plain, 700 KB]
              b.txt [text/plain, 700 KB, left out: the answer has no room left; run it in a session and read it with files]
              c.pdf [application/pdf, 31,457 KB, left out: too large for an answer; run it in a session and read it with files]\
              """);
      assertThat(result.path("content")).hasSize(2);
      assertThat(result.path("content").path(1).path("resource").path("uri").asString())
          .isEqualTo("caisson://run/run-1/a.txt");
    }
  }

  @Test
  void a_file_that_is_called_an_image_and_is_none_is_not_sent_as_one() {
    try (var client = withWork()) {
      var result = run(client, "file plot.png <script>\nfile half.png \u00ff\u00d8\u00ff", "work");

      assertThat(text(result))
          .contains("plot.png [text/plain, 8 B]")
          .contains(
              "half.png [application/octet-stream, 3 B; not shown as an image: the bytes are not"
                  + " image/jpeg]");
      assertThat(result.path("content"))
          .extracting(block -> block.path("type").asString())
          .containsExactly("text", "resource", "resource");
    }
  }

  @Test
  void a_name_of_a_file_cannot_pass_for_more_than_a_line() {
    try (var client = withWork()) {
      assertThat(text(run(client, "file a\u202Eb.txt x", "work")))
          .endsWith("a\\u202eb.txt [text/plain, 1 B]");
    }
  }

  @Test
  void a_value_is_bounded_in_size_and_depth() {
    try (var client = new Session().greeted()) {
      var deep = "[".repeat(65) + "]".repeat(65);
      var result = client.call("run_code", Map.of("code", "value " + deep));
      assertThat(result.path("structuredContent").has("value")).isFalse();
      assertThat(result.path("structuredContent").path("value_repr").asString()).isEqualTo(deep);

      var long_ = "\"" + "x".repeat(200_000) + "\"";
      result = client.call("run_code", Map.of("code", "value " + long_));
      assertThat(text(result)).startsWith("=> \"xxx").contains("characters left out");
      assertThat(result.toString().length()).isLessThan(70_000);

      var plain = "figure text/plain " + "y".repeat(200_000);
      result = client.call("run_code", Map.of("code", plain));
      assertThat(text(result)).startsWith("=> yyy").contains("characters left out");
      assertThat(text(result).getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(40_000);
    }
  }
}
