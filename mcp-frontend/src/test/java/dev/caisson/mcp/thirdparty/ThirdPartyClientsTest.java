package dev.caisson.mcp.thirdparty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.upstream.Scripted;
import dev.caisson.mcp.upstream.ServerDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The official MCP clients, both lines of both languages, drive the frontend over stdio. */
final class ThirdPartyClientsTest {

  @TempDir private Path folder = Path.of("");

  private String orders() throws IOException {
    var server = (ServerDefinition.Stdio) Scripted.server("scripted");
    var command = server.command();
    var servers =
        Map.of(
            "mcpServers",
            Map.of(
                "scripted",
                Map.of("command", command.getFirst(), "args", command.subList(1, command.size()))));
    var file =
        Files.writeString(
            folder.resolve("mcp.json"), JsonMapper.shared().writeValueAsString(servers));
    var frontend =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            FakeFrontend.class.getName(),
            file.toString());
    return JsonMapper.shared()
        .writeValueAsString(
            Map.of(
                "command", frontend,
                "program", "print begun\ncall scripted echo {\"number\": 42}\nvalue {\"n\": 1}",
                "long", "print begun\nwait",
                "after", "print still here"));
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
}
