package dev.caisson.mcp.thirdparty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.upstream.Scripted;
import dev.caisson.mcp.upstream.ServerDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The official MCP clients, both lines of both languages, drive the frontend. */
final class ThirdPartyClientsTest {

  @TempDir private Path folder = Path.of("");

  private Path servers() throws IOException {
    var server = (ServerDefinition.Stdio) Scripted.server("scripted");
    var command = server.command();
    var servers =
        Map.of(
            "mcpServers",
            Map.of(
                "scripted",
                Map.of("command", command.getFirst(), "args", command.subList(1, command.size()))));
    return Files.writeString(
        folder.resolve("mcp.json"), JsonMapper.shared().writeValueAsString(servers));
  }

  private String orders() throws IOException {
    var frontend =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            FakeFrontend.class.getName(),
            servers().toString());
    return orders(Map.of("command", frontend));
  }

  /**
   * @param reached how the client gets to the server
   */
  private static String orders(Map<String, ?> reached) {
    var orders = new LinkedHashMap<String, Object>(reached);
    orders.putAll(
        Map.of(
            "program", "print begun\ncall scripted echo {\"number\": 42}\nvalue {\"n\": 1}",
            "long", "print begun\nwait",
            "after", "print still here"));
    return JsonMapper.shared().writeValueAsString(orders);
  }

  private static void assertDrivenInRevision(String version, String printed) {
    assertDriven(printed);
    assertThat(JsonMapper.shared().readTree(printed).path("version").asString()).isEqualTo(version);
  }

  private static void assertDriven(String printed) {
    JsonNode told = JsonMapper.shared().readTree(printed);
    assertThat(told.path("server").asString()).isEqualTo("caisson");
    assertThat(told.path("tools")).hasSize(7);
    assertThat(told.path("failed").asBoolean()).isFalse();
    assertThat(told.path("text").asString())
        .startsWith("begun\n")
        // As its server has written it, which is with spaces.
        .contains("{\"content\": [{\"type\": \"text\", \"text\": \"42\"}]}")
        .endsWith("=> {\"n\": 1}");
    assertThat(told.path("structured").path("value").path("n").asInt()).isEqualTo(1);
    assertThat(told.path("structured").path("tool_calls").path(0).path("tool").asString())
        .isEqualTo("echo");
    var streamed = new StringBuilder();
    told.path("progress").forEach(p -> streamed.append(p.path("message").asString()));
    assertThat(streamed.toString()).isEqualTo(told.path("structured").path("stdout").asString());
    assertThat(told.path("cancelled").asBoolean()).isTrue();
    assertThat(told.path("after").asString()).isEqualTo("still here");
  }

  private void python(String requirements) throws IOException, InterruptedException {
    var interpreter = ThirdPartyParts.python(requirements);
    var script = ThirdPartyParts.script("python/drive.py").toString();
    assertDriven(ThirdPartyParts.run(folder, interpreter, script, orders()));
  }

  private void node(String line) throws IOException, InterruptedException {
    var parts = ThirdPartyParts.node();
    assertDriven(ThirdPartyParts.run(parts, "node", "drive.mjs", line, orders()));
  }

  @Test
  void the_python_client_of_the_1_x_line() throws IOException, InterruptedException {
    python("client-1.txt");
  }

  @Test
  void the_python_client_of_the_2_x_line() throws IOException, InterruptedException {
    python("client-2.txt");
  }

  @Test
  void the_typescript_client_of_the_1_x_line() throws IOException, InterruptedException {
    node("1");
  }

  @Test
  void the_typescript_client_of_the_2_x_line() throws IOException, InterruptedException {
    node("2");
  }

  @Test
  void the_python_client_of_the_2_x_line_in_revision_2026_07_28()
      throws IOException, InterruptedException {
    var interpreter = ThirdPartyParts.python("client-2.txt");
    var script = ThirdPartyParts.script("python/modern.py").toString();
    assertDrivenInRevision(
        "2026-07-28", ThirdPartyParts.run(folder, interpreter, script, orders()));
  }

  @Test
  void the_typescript_client_of_the_2_x_line_in_revision_2026_07_28()
      throws IOException, InterruptedException {
    var parts = ThirdPartyParts.node();
    assertDrivenInRevision(
        "2026-07-28", ThirdPartyParts.run(parts, "node", "drive.mjs", "2-modern", orders()));
  }

  @FunctionalInterface
  private interface Driven {
    String by(String orders) throws IOException, InterruptedException;
  }

  private String overHttp(Driven driven) throws Exception {
    try (var frontend = new FakeHttpFrontend(servers())) {
      var printed = driven.by(orders(Map.of("url", frontend.url(), "headers", frontend.headers())));
      // The run that the client gave up is none that the frontend goes on with.
      assertThat(frontend.runner().cancelled.await(30, TimeUnit.SECONDS)).isTrue();
      return printed;
    }
  }

  @Test
  void the_python_client_of_the_1_x_line_over_http() throws Exception {
    var interpreter = ThirdPartyParts.python("client-1.txt");
    var script = ThirdPartyParts.script("python/drive.py").toString();
    assertDriven(overHttp(orders -> ThirdPartyParts.run(folder, interpreter, script, orders)));
  }

  @Test
  void the_python_client_of_the_2_x_line_over_http() throws Exception {
    var interpreter = ThirdPartyParts.python("client-2.txt");
    var script = ThirdPartyParts.script("python/drive.py").toString();
    assertDriven(overHttp(orders -> ThirdPartyParts.run(folder, interpreter, script, orders)));
  }

  @Test
  void the_python_client_of_the_2_x_line_over_http_in_revision_2026_07_28() throws Exception {
    var interpreter = ThirdPartyParts.python("client-2.txt");
    var script = ThirdPartyParts.script("python/modern.py").toString();
    assertDrivenInRevision(
        "2026-07-28", overHttp(orders -> ThirdPartyParts.run(folder, interpreter, script, orders)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2"})
  void the_typescript_client_over_http(String line) throws Exception {
    var parts = ThirdPartyParts.node();
    assertDriven(overHttp(orders -> ThirdPartyParts.run(parts, "node", "drive.mjs", line, orders)));
  }

  @Test
  void the_typescript_client_of_the_2_x_line_over_http_in_revision_2026_07_28() throws Exception {
    var parts = ThirdPartyParts.node();
    assertDrivenInRevision(
        "2026-07-28",
        overHttp(orders -> ThirdPartyParts.run(parts, "node", "drive.mjs", "2-modern", orders)));
  }
}
