package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.caisson.mcp.protocol.RequestRefusedException;
import dev.caisson.mcp.protocol.SilentLink;
import dev.caisson.mcp.relay.Pictures;
import dev.caisson.mcp.relay.RefusedException.Reason;
import dev.caisson.mcp.relay.SessionHost.NewSession;
import dev.caisson.mcp.relay.WorkspaceFiles.Part;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

final class FileResourcesTest {

  private Session client;

  @BeforeEach
  void start() {
    client = new Session();
    client.initialize();
    assertThat(client.next("hello").path("result").path("capabilities").has("resources")).isTrue();
    client.call("sessions", Map.of("action", "create", "name", "my work"));
  }

  @AfterEach
  void stop() {
    client.close();
  }

  private void put(String path, String content) throws Exception {
    put(path, content.getBytes(StandardCharsets.UTF_8));
  }

  private void put(String path, byte[] content) throws Exception {
    client.host.write("session-1", path, content);
  }

  /** A page without the guide, which is the first of all. */
  private JsonNode list(String cursor) {
    var parameters = new LinkedHashMap<String, Object>();
    if (!cursor.isEmpty()) {
      parameters.put("cursor", cursor);
    }
    var page = client.ask("resources/list", parameters).path("result");
    if (cursor.isEmpty()) {
      var first = ((ArrayNode) page.path("resources")).remove(0);
      assertThat(first.path("uri").asString()).isEqualTo("caisson://guide");
    }
    return page;
  }

  private JsonNode read(String uri) {
    return client.ask("resources/read", Map.of("uri", uri));
  }

  private static String message(JsonNode answer) {
    return answer.path("error").path("message").asString();
  }

  @Test
  void files_of_the_sessions_of_this_connection_are_listed_with_their_types() throws Exception {
    put("out/plot 1.png", "x");
    put("data.csv", "abc");
    put(".cache/x", "x");
    put("lib/__pycache__/m.pyc", "x");
    var theirs = client.host.create(new NewSession("", "", "", Optional.empty(), Optional.empty()));
    client.host.write(theirs.id(), "secret", new byte[1]);

    var listed = list("");

    assertThat(listed.path("resources"))
        .extracting(resource ->
            resource.path("uri").asString() + " " + resource.path("mimeType").asString())
        .containsExactly(
            "caisson://session/session-1/data.csv text/csv",
            "caisson://session/session-1/out/plot%201.png image/png");
    assertThat(listed.path("resources").path(0).path("name").asString()).isEqualTo("data.csv");
    assertThat(listed.path("resources").path(0).path("size").asInt()).isEqualTo(3);
    assertThat(listed.has("nextCursor")).isFalse();
  }

  @Test
  void without_a_session_the_list_is_empty() throws Exception {
    client.host.end("session-1");

    assertThat(list("").path("resources")).isEmpty();
  }

  @Test
  void many_files_come_in_pages_each_once_and_a_page_can_be_asked_for_again() throws Exception {
    for (var number = 0; number < 250; number++) {
      put("%d/file-%03d".formatted(number % 7, number), "x");
    }

    var seen = new ArrayList<String>();
    var first = list("");
    var page = first;
    while (true) {
      assertThat(page.path("resources").size()).isBetween(1, 100);
      page.path("resources").forEach(resource -> seen.add(resource.path("uri").asString()));
      if (!page.has("nextCursor")) {
        break;
      }
      page = list(page.path("nextCursor").asString());
    }

    assertThat(new HashSet<>(seen)).hasSize(250).hasSameSizeAs(seen);
    var cursor = first.path("nextCursor").asString();
    assertThat(list(cursor).path("resources")).isEqualTo(list(cursor).path("resources"));
  }

  @Test
  void a_tree_of_empty_directories_does_not_make_a_page_longer() throws Exception {
    for (var number = 0; number < 60; number++) {
      client.host.makeDirectory("session-1", "empty-%02d".formatted(number));
    }
    put("zz/last", "x");

    var page = list("");
    var pages = 1;
    while (page.has("nextCursor")) {
      assertThat(page.path("resources")).isEmpty();
      page = list(page.path("nextCursor").asString());
      pages++;
    }

    assertThat(pages).isEqualTo(4);
    assertThat(page.path("resources")).hasSize(1);
  }

  private List<String> allListed() {
    var seen = new ArrayList<String>();
    for (var page = list(""); ; page = list(page.path("nextCursor").asString())) {
      page.path("resources").forEach(resource -> seen.add(resource.path("name").asString()));
      if (!page.has("nextCursor")) {
        return seen;
      }
    }
  }

  @Test
  void a_directory_that_is_too_deep_for_the_daemon_is_passed_over() throws Exception {
    client.host.written("session-1", "d/".repeat(65) + "deep.txt");
    put("e/there.txt", "x");

    assertThat(allListed()).containsExactly("e/there.txt");
  }

  @Test
  void a_session_that_does_not_answer_is_passed_over() throws Exception {
    client.call("sessions", Map.of("action", "create", "name", "other"));
    client.host.write("session-2", "there.txt", new byte[1]);
    client.host.refuseFiles("session-1", Reason.OTHER);

    assertThat(allListed()).containsExactly("there.txt");
  }

  @Test
  void without_a_daemon_the_list_fails() {
    client.host.refuseFiles("session-1", Reason.UNREACHABLE);

    var refused = client.ask("resources/list", Map.of());

    assertThat(refused.path("error").path("code").asInt()).isEqualTo(-32603);
    assertThat(message(refused)).isEqualTo("refused as UNREACHABLE");
  }

  @Test
  void an_unknown_cursor_is_refused() {
    var refused = client.ask("resources/list", Map.of("cursor", "files-99"));

    assertThat(refused.path("error").path("code").asInt()).isEqualTo(-32602);
    assertThat(message(refused)).endsWith("list from the beginning, without one");
  }

  @Test
  void there_is_a_template_for_files_that_are_not_listed() {
    assertThat(
            client
                .ask("resources/templates/list", Map.of())
                .path("result")
                .path("resourceTemplates")
                .path(0)
                .path("uriTemplate")
                .asString())
        .isEqualTo("caisson://session/{session}/{+path}");
  }

  @Test
  void a_text_is_read_as_text_and_bytes_as_bytes_by_name_or_id_of_the_session() throws Exception {
    put("a b/data.json", "{}");
    put("x.png", Pictures.png("x"));
    put("fake.png", new byte[] {0, 1});

    var text = read("caisson://session/my%20work/a%20b/data.json").path("result").path("contents");
    assertThat(text.path(0).path("text").asString()).isEqualTo("{}");
    assertThat(text.path(0).path("mimeType").asString()).isEqualTo("application/json");
    assertThat(text.path(0).path("uri").asString())
        .isEqualTo("caisson://session/my%20work/a%20b/data.json");
    var image = read("caisson://session/session-1/x.png").path("result").path("contents");
    assertThat(image.path(0).path("mimeType").asString()).isEqualTo("image/png");
    assertThat(image.path(0).path("blob").asString()).startsWith("iVBORw0KGgo");
    var fake = read("caisson://session/session-1/fake.png").path("result").path("contents");
    assertThat(fake.path(0).path("mimeType").asString()).isEqualTo("application/octet-stream");
  }

  @Test
  void a_file_that_is_too_large_is_refused_with_the_way_to_read_it() throws Exception {
    put("whole.bin", new byte[4 << 20]);
    put("big.pdf", new byte[(4 << 20) + 1]);

    assertThat(read("caisson://session/session-1/whole.bin").has("result")).isTrue();
    assertThat(message(read("caisson://session/session-1/big.pdf")))
        .isEqualTo(
            "the file has 4,194,305 bytes, and a resource is read up to 4,194,304; read it in parts"
                + " with the tool files: action \"read\", session \"session-1\", path \"big.pdf\","
                + " offset 0, limit 1048576");
  }

  @ParameterizedTest
  @CsvSource({"10, 11", "11, 11", "11, 10"})
  void a_file_that_is_changed_while_it_is_read_is_to_be_read_again(int came, int size) {
    var files = new ScriptedFiles(new Part(new byte[came], size, /* changed= */ true));
    var sessions = new ConnectionSessions(client.host, SessionPerConnection.NO, "");
    var resources = new FileResources(sessions, files);

    assertThatExceptionOfType(RequestRefusedException.class)
        .isThrownBy(() -> resources.read("caisson://session/session-1/x", new SilentLink()))
        .satisfies(refused -> assertThat(refused.code()).isEqualTo(-32603))
        .withMessage("the file was changed while it was read: read it again");
  }

  @Test
  void a_file_of_a_run_without_a_session_is_gone_and_that_is_told() {
    var refused = read("caisson://run/run-1/a.txt");

    assertThat(refused.path("error").path("code").asInt()).isEqualTo(-32002);
    assertThat(message(refused))
        .isEqualTo(
            "the run is over and its files are gone: they came with its answer only; run it in a"
                + " session to keep them");
  }

  @Test
  void without_a_uri_that_is_what_is_missing() {
    var refused = client.ask("resources/read", Map.of());

    assertThat(refused.path("error").path("code").asInt()).isEqualTo(-32602);
    assertThat(message(refused)).isEqualTo("'uri' is missing or no text");
  }

  @Test
  void what_cannot_be_read_is_told_as_the_protocol_has_it() {
    assertThat(read("caisson://session/session-1/none").path("error").path("code").asInt())
        .isEqualTo(-32002);
    assertThat(read("caisson://session/other/none").path("error").path("code").asInt())
        .isEqualTo(-32002);
    var hostile = read("caisson://session/session-1/..%2f..%2fetc/passwd");
    assertThat(hostile.path("error").path("code").asInt()).isEqualTo(-32602);
    assertThat(message(hostile)).isEqualTo("path '../../etc/passwd' is none of the workspace");
    assertThat(message(read("file:///etc/passwd")))
        .isEqualTo(
            "the URI is not of the form caisson://session/{session}/{+path}, percent-encoded");
  }
}
