package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServersFileTest {

  @TempDir private Path folder = Path.of("");

  private List<ServerDefinition> read(String json) throws ServersFileException, IOException {
    var file = Files.writeString(folder.resolve("mcp.json"), json);
    return ServersFile.read(file, Map.of("TOKEN", "s3cret-token", "DIR", "/srv"));
  }

  @Test
  void stdio_and_http_servers_are_read_in_order_with_their_references_resolved() throws Exception {
    var servers =
        read(
            """
            {"mcpServers": {
              "files": {"command": "npx", "args": ["-y", "${DIR}/x", "${MISSING:-fallback}"],
                        "env": {"KEY": "${TOKEN}"}, "cwd": "${DIR}", "autoApprove": []},
              "remote": {"type": "streamable-http", "url": "https://example.com/mcp",
                         "headers": {"Authorization": "Bearer ${env:TOKEN}"}},
              "off": {"command": "x", "disabled": true}}}
            """);

    assertThat(servers).extracting(ServerDefinition::name).containsExactly("files", "remote");
    assertThat(servers.get(0))
        .isInstanceOfSatisfying(
            ServerDefinition.Stdio.class,
            stdio -> {
              assertThat(stdio.command()).containsExactly("npx", "-y", "/srv/x", "fallback");
              assertThat(stdio.environment()).containsExactly(Map.entry("KEY", "s3cret-token"));
              assertThat(stdio.workingDirectory()).contains(Path.of("/srv"));
              assertThat(stdio.secrets().apply("with s3cret-token")).isEqualTo("with ***");
            });
    assertThat(servers.get(1))
        .isInstanceOfSatisfying(
            ServerDefinition.Http.class,
            http -> {
              assertThat(http.url()).hasToString("https://example.com/mcp");
              assertThat(http.headers())
                  .containsExactly(Map.entry("Authorization", "Bearer s3cret-token"));
              assertThat(http.secrets().apply("s3cret-token")).isEqualTo("***");
            });
  }

  @Test
  void the_name_that_editors_use_for_the_top_key_is_taken_too() throws Exception {
    assertThat(read("{\"servers\": {\"a\": {\"type\": \"stdio\", \"command\": \"x\"}}}"))
        .hasSize(1);
  }

  @Test
  void all_problems_are_reported_at_once() {
    assertThatThrownBy(() ->
            read(
                """
                {"mcpServers": {
                  "odd": {"type": "carrier-pigeon"},
                  "empty": {},
                  "unset": {"command": "${NOT_THERE}"},
                  "local": {"url": "file:///etc/passwd"}}}
                """))
        .isInstanceOf(ServersFileException.class)
        .hasMessageContaining(
            "server 'odd': type 'carrier-pigeon' is none of 'stdio', 'http' and 'sse'")
        .hasMessageContaining("server 'empty' has neither 'command' nor 'url'")
        .hasMessageContaining(
            "server 'unset' refers to ${NOT_THERE}, which the environment does not have")
        .hasMessageContaining("server 'local': 'url' is not an http or https address");
  }

  @Test
  void a_mistyped_key_is_shown() {
    assertThatThrownBy(() -> read("{\"mcpServers\": {\"a\": {\"comand\": \"x\", \"args\": []}}}"))
        .hasMessageContaining(
            "server 'a' has neither 'command' nor 'url'; it has 'comand', 'args'");
    assertThatThrownBy(() -> read("{\"mcpServer\": {}}"))
        .hasMessageContaining("it has no object 'mcpServers' at the top; write {");
  }

  @Test
  void a_value_of_the_wrong_kind_is_not_passed_over() {
    assertThatThrownBy(() ->
            read(
                """
                {"mcpServers": {
                  "a": {"command": "x", "args": "-m y", "env": ["K=v"], "cwd": 7},
                  "b": {"url": "http://x/mcp", "headers": "Authorization: z"}}}
                """))
        .hasMessageContaining("server 'a': 'args' is not a list of texts")
        .hasMessageContaining("server 'a': 'env' is not an object of texts")
        .hasMessageContaining("server 'a': 'cwd' is not a text")
        .hasMessageContaining("server 'b': 'headers' is not an object of texts");
  }

  @Test
  void a_reference_to_a_file_is_its_content() throws Exception {
    Files.writeString(folder.resolve("token"), "  fr0m-a-file\n");
    var servers =
        read(
            """
            {"mcpServers": {
              "a": {"command": "x", "args": ["--with", "a-${file:%s}"]},
              "b": {"url": "http://x/mcp", "headers": {"Authorization": "Bearer ${file:token}"}}}}
            """
                .formatted(folder.resolve("token")));

    assertThat(((ServerDefinition.Stdio) servers.get(0)).command())
        .containsExactly("x", "--with", "a-fr0m-a-file");
    assertThat(((ServerDefinition.Http) servers.get(1)).headers())
        .containsEntry("Authorization", "Bearer fr0m-a-file");
    for (var server : servers) {
      assertThat(server.secrets().apply("fr0m-a-file")).isEqualTo("***");
    }
  }

  @Test
  void secrets_of_every_part_of_an_entry_are_hidden() throws Exception {
    var servers =
        read(
            """
            {"mcpServers": {
              "a": {"command": "x", "env": {"PASSWORD": "hunter-1"},
                    "args": ["--token", "hunter-2", "--with", "${TOKEN}"]},
              "b": {"url": "http://me:hunter-3@x/mcp", "headers": {"X-Key": "hunter-4"}}}}
            """);

    assertThat(servers.get(0).secrets().apply("hunter-1 hunter-2 s3cret-token hunter-3"))
        .isEqualTo("*** *** *** hunter-3");
    assertThat(servers.get(1).secrets().apply("hunter-3 hunter-4 hunter-1"))
        .isEqualTo("*** *** hunter-1");
  }

  @Test
  void a_reference_to_a_file_that_is_none_is_said() throws IOException {
    Files.writeString(folder.resolve("empty"), "\n");
    Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, 0});
    Files.write(folder.resolve("large"), new byte[References.LARGEST_FILE + 1]);

    assertThatThrownBy(() ->
            read(
                """
                {"mcpServers": {"a": {"command": "x", "args": [
                  "${file:missing}", "${file:.}", "${file:}", "${file:empty}", "${file:binary}",
                  "${file:large}", "${file:~/x}"]}}}
                """))
        .hasMessageContaining("server 'a' refers to ${file:missing}: there is no such file")
        .hasMessageContaining("server 'a' refers to ${file:.}: it is not a regular file")
        .hasMessageContaining("refers to ${file:}: name a file, for example ${file:/run/secrets")
        .hasMessageContaining("server 'a' refers to ${file:empty}: it is empty")
        .hasMessageContaining("server 'a' refers to ${file:binary}: it is not UTF-8 text")
        .hasMessageContaining("refers to ${file:large}: it has more than 64 KiB")
        .hasMessageContaining("refers to ${file:~/x}: the environment has no HOME for '~'");
  }

  @Test
  void a_header_that_cannot_be_sent_is_said_without_its_value() {
    assertThatThrownBy(() ->
            read(
                """
                {"mcpServers": {"a": {"url": "http://x/mcp",
                  "headers": {"X-Key": "two\\nlines", "Host": "y"}}}}
                """))
        .hasMessageContaining("server 'a': header 'X-Key' cannot be sent")
        .hasMessageContaining("server 'a': header 'Host' cannot be sent")
        .hasMessageNotContaining("lines");
  }

  @Test
  void what_is_not_json_is_said_without_showing_it() {
    assertThatThrownBy(() -> read("{\"mcpServers\": {\"a\": {\"env\": {\"K\": ghp_123456}}}}"))
        .hasMessageContaining("it is not JSON: line 1, column")
        .hasMessageNotContaining("ghp_");
  }

  @Test
  void a_definition_shows_its_name_alone() throws Exception {
    assertThat(
            read(
                """
                {"mcpServers": {"a": {"command": "x", "env": {"K": "${TOKEN}"}},
                  "b": {"url": "http://x/mcp", "headers": {"K": "${TOKEN}"}}}}
                """))
        .extracting(Object::toString)
        .containsExactly("Stdio[a]", "Http[b]");
  }

  @Test
  void what_is_not_json_is_said_with_its_place() {
    assertThatThrownBy(() -> read("{\n  nope"))
        .isInstanceOf(ServersFileException.class)
        .hasMessageContaining("mcp.json:\n  it is not JSON: line 2, column");
  }

  @Test
  void a_file_that_is_not_there_is_said() {
    assertThatThrownBy(() -> ServersFile.read(folder.resolve("none.json"), Map.of()))
        .isInstanceOf(ServersFileException.class)
        .hasMessageContaining("none.json:\n  there is no such file");
  }
}
