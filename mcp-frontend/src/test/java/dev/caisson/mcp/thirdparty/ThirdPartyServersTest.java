package dev.caisson.mcp.thirdparty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.mcp.relay.ToolAnswer;
import dev.caisson.mcp.relay.ToolAnswer.Relayed;
import dev.caisson.mcp.upstream.ServersFile;
import dev.caisson.mcp.upstream.ServersFileException;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Servers of others as upstream servers, over stdio and over HTTP. */
final class ThirdPartyServersTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path folder = Path.of("");

  private UpstreamServers servers(Map<String, ?> entries) throws IOException, ServersFileException {
    var file =
        Files.writeString(
            folder.resolve("mcp.json"),
            JsonMapper.shared().writeValueAsString(Map.of("mcpServers", entries)));
    return new UpstreamServers(ServersFile.read(file, System.getenv()));
  }

  private static Map<String, Object> npm(String name, String... arguments)
      throws IOException, InterruptedException {
    var program = ThirdPartyParts.node().resolve("node_modules/.bin/mcp-server-" + name);
    return Map.of("command", program.toString(), "args", List.of(arguments));
  }

  private static JsonNode result(ToolAnswer answer) {
    assertThat(answer).isInstanceOf(Relayed.class);
    assertThat(answer.ok()).as(answer.toString()).isTrue();
    return JsonMapper.shared().readTree(((Relayed) answer).resultJson());
  }

  private static String text(ToolAnswer answer) {
    return result(answer).path("content").path(0).path("text").asString();
  }

  private static List<String> tools(UpstreamServers servers) throws InterruptedException {
    var snapshot = servers.snapshot(LONG);
    assertThat(snapshot.troubles()).isEmpty();
    return snapshot.catalogue().servers().stream()
        .flatMap(server -> server.tools().stream())
        .map(tool -> tool.name())
        .toList();
  }

  @Test
  void everything_over_stdio_with_its_image() throws Exception {
    try (var servers = servers(Map.of("everything", npm("everything")))) {
      assertThat(tools(servers)).contains("echo", "get-tiny-image");
      assertThat(text(servers.call("everything", "echo", "{\"message\": \"hello\"}")))
          .isEqualTo("Echo: hello");
      assertThat(result(servers.call("everything", "get-tiny-image", "{}")).path("content"))
          .anySatisfy(
              part -> assertThat(part.path("mimeType").asString("")).isEqualTo("image/png"));
    }
  }

  @Test
  void everything_over_streamable_http_and_again_after_it_was_restarted() throws Exception {
    var port = freePort();
    var url = Map.of("type", "http", "url", "http://127.0.0.1:" + port + "/mcp");
    try (var servers = servers(Map.of("everything", url))) {
      var first = everythingOverHttp(port);
      try {
        assertThat(tools(servers)).contains("echo");
        assertThat(text(servers.call("everything", "echo", "{\"message\": \"one\"}")))
            .isEqualTo("Echo: one");
      } finally {
        end(first);
      }
      var second = everythingOverHttp(port);
      try {
        assertThat(text(servers.call("everything", "echo", "{\"message\": \"two\"}")))
            .isEqualTo("Echo: two");
      } finally {
        end(second);
      }
    }
  }

  @Test
  void python_1_x_over_stdio() throws Exception {
    assertPythonServes(overStdio("client-1.txt"), "2025-11-25");
  }

  @Test
  void python_1_x_over_streamable_http() throws Exception {
    assertPythonServesHttp("client-1.txt", "streamable-http", "http", "/mcp", "2025-11-25");
  }

  @Test
  void python_1_x_over_streamable_http_without_sessions() throws Exception {
    assertPythonServesHttp(
        "client-1.txt", "streamable-http", "http", "/mcp", "(none)", "stateless_http");
  }

  @Test
  void python_1_x_over_sse() throws Exception {
    assertPythonServesHttp("client-1.txt", "sse", "sse", "/sse", "2025-11-25");
  }

  @Test
  void python_1_x_over_sse_where_the_file_says_http() throws Exception {
    assertPythonServesHttp("client-1.txt", "sse", "http", "/sse", "2025-11-25");
  }

  @Test
  void python_2_x_over_stdio_in_revision_2026_07_28() throws Exception {
    assertPythonServes(overStdio("client-2.txt"), "2026-07-28");
  }

  @Test
  void python_2_x_over_streamable_http_in_revision_2026_07_28() throws Exception {
    assertPythonServesHttp("client-2.txt", "streamable-http", "http", "/mcp", "2026-07-28");
  }

  @Test
  void python_2_x_over_streamable_http_with_json_answers_in_revision_2026_07_28() throws Exception {
    assertPythonServesHttp(
        "client-2.txt", "streamable-http", "http", "/mcp", "2026-07-28", "json_response");
  }

  @Test
  void python_2_x_over_sse() throws Exception {
    assertPythonServesHttp("client-2.txt", "sse", "sse", "/sse", "2025-11-25");
  }

  private static Map<String, Object> overStdio(String line)
      throws IOException, InterruptedException {
    var script = ThirdPartyParts.script("python/server.py").toString();
    return Map.of("command", ThirdPartyParts.python(line), "args", List.of(script, "stdio", "0"));
  }

  private void assertPythonServesHttp(
      String line, String transport, String type, String path, String era, String... options)
      throws Exception {
    var port = freePort();
    var server = pythonServer(line, transport, port, options);
    try {
      assertPythonServes(Map.of("type", type, "url", "http://127.0.0.1:" + port + path), era);
    } finally {
      end(server);
    }
  }

  private void assertPythonServes(Map<String, Object> entry, String era) throws Exception {
    try (var servers = servers(Map.of("py", entry))) {
      assertThat(tools(servers))
          .containsExactly("add", "era", "mirrored", "fail", "slow", "cut", "grow");
      assertThat(text(servers.call("py", "era", "{}"))).isEqualTo(era);
      var sum = result(servers.call("py", "add", "{\"a\": 12345678901234567890, \"b\": 1}"));
      assertThat(sum.path("structuredContent").path("result")).hasToString("12345678901234567891");
      assertThat(text(servers.call("py", "mirrored", "{\"region\": \"Åland \"}")))
          .isEqualTo("Åland ");
      assertThat(servers.call("py", "fail", "{\"why\": \"no\"}"))
          .isInstanceOfSatisfying(
              Relayed.class, failed -> assertThat(failed.resultJson()).contains("no"));
      assertThat(text(servers.call("py", "slow", "{}"))).isEqualTo("done");
      assertThat(text(servers.call("py", "cut", "{}"))).isEqualTo("after the cut");
      assertThat(text(servers.call("py", "grow", "{}"))).isEqualTo("grown");
      if (!era.equals("(none)")) {
        await().atMost(LONG).until(() -> tools(servers).contains("grown"));
      }
    }
  }

  private static Process pythonServer(String line, String transport, int port, String... options)
      throws IOException, InterruptedException {
    var script = ThirdPartyParts.script("python/server.py").toString();
    var command =
        new ArrayList<>(
            List.of(ThirdPartyParts.python(line), script, transport, Integer.toString(port)));
    command.addAll(List.of(options));
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    await().atMost(LONG).until(() -> listens(port));
    return process;
  }

  private static Process everythingOverHttp(int port) throws IOException, InterruptedException {
    var program = ThirdPartyParts.node().resolve("node_modules/.bin/mcp-server-everything");
    var builder = new ProcessBuilder(program.toString(), "streamableHttp");
    builder.environment().put("PORT", Integer.toString(port));
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    var process = builder.start();
    await().atMost(LONG).until(() -> listens(port));
    return process;
  }

  private static void end(Process process) throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean listens(int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  @Test
  void filesystem_and_memory_side_by_side() throws Exception {
    Files.writeString(folder.resolve("note.txt"), "from the file system");
    var entries =
        Map.of("files", npm("filesystem", folder.toRealPath().toString()), "memory", npm("memory"));
    try (var servers = servers(entries)) {
      assertThat(tools(servers)).contains("read_text_file", "read_graph");
      var path =
          JsonMapper.shared()
              .writeValueAsString(folder.toRealPath().resolve("note.txt").toString());
      assertThat(text(servers.call("files", "read_text_file", "{\"path\": " + path + "}")))
          .isEqualTo("from the file system");
      assertThat(servers.call("files", "read_text_file", "{\"path\": \"/etc/passwd\"}").ok())
          .isFalse();
      assertThat(text(servers.call("memory", "search_nodes", "{\"query\": \"nobody\"}")))
          .contains("entities");
    }
  }

  @Test
  void time_and_git_side_by_side() throws Exception {
    var python = ThirdPartyParts.python("servers.txt");
    ThirdPartyParts.run(folder, "git", "init", "--quiet", ".");
    var entries =
        Map.of(
            "time", Map.of("command", python, "args", List.of("-m", "mcp_server_time")),
            "git", Map.of("command", python, "args", List.of("-m", "mcp_server_git")));
    try (var servers = servers(entries)) {
      assertThat(tools(servers)).contains("convert_time", "git_status");
      assertThat(
              text(
                  servers.call(
                      "time",
                      "convert_time",
                      """
                      {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}\
                      """)))
          .contains("+9.0h");
      var repository = JsonMapper.shared().writeValueAsString(folder.toString());
      assertThat(text(servers.call("git", "git_status", "{\"repo_path\": " + repository + "}")))
          .contains("No commits yet");
    }
  }
}
