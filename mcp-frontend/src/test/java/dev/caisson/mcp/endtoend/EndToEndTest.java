package dev.caisson.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.thirdparty.ThirdPartyParts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * From MCP clients of others through a real daemon and gVisor to MCP servers of others and back.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EndToEndTest {

  private Path folder = Path.of("");
  private Path servers = Path.of("");
  private Runnable stop = () -> {};

  @BeforeAll
  void startDaemon(@TempDir Path shared) throws IOException, InterruptedException {
    folder = shared;
    var daemon = new DaemonProcess(folder);
    stop =
        () -> {
          try {
            daemon.close();
          } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
          }
        };
    var everything = ThirdPartyParts.node().resolve("node_modules/.bin/mcp-server-everything");
    var python = ThirdPartyParts.python("servers.txt");
    servers =
        write(
            Map.of(
                "everything", Map.of("command", everything.toString()),
                "time", Map.of("command", python, "args", List.of("-m", "mcp_server_time"))));
  }

  @AfterAll
  void stopDaemon() {
    stop.run();
  }

  private Path write(Map<String, ?> entries) throws IOException {
    return Files.writeString(
        Files.createTempFile(folder, "mcp", ".json"),
        JsonMapper.shared().writeValueAsString(Map.of("mcpServers", entries)));
  }

  private Path socket() {
    return folder.resolve("run").resolve("caisson.sock");
  }

  private static List<String> frontend(String... arguments) {
    return FrontendProcess.command(arguments);
  }

  private String orders() {
    return JsonMapper.shared()
        .writeValueAsString(
            Map.of(
                "command",
                frontend("--servers", servers.toString(), "--socket", socket().toString()),
                "program",
                """
                print("begun")
                print(everything.echo(message="hello"))
                image = everything.get_tiny_image()
                {"n": 1, "hour": time.convert_time("UTC", "12:00", "Asia/Tokyo").time_difference}
                """,
                "long",
                "print('begun')\nwhile True: pass",
                "after",
                "print('still here')"));
  }

  private static void assertDriven(String printed) {
    var told = JsonMapper.shared().readTree(printed);
    assertThat(told.path("failed").asBoolean()).as(printed).isFalse();
    assertThat(told.path("structured").path("stdout").asString()).isEqualTo("begun\nEcho: hello\n");
    assertThat(told.path("structured").path("value").path("hour").asString()).isEqualTo("+9.0h");
    var streamed = new StringBuilder();
    told.path("progress").forEach(p -> streamed.append(p.path("message").asString()));
    assertThat(streamed.toString()).isEqualTo("begun\nEcho: hello\n");
    assertThat(told.path("cancelled").asBoolean()).isTrue();
    assertThat(told.path("after").asString()).isEqualTo("still here");
  }

  private void python(String requirements) throws IOException, InterruptedException {
    var script = ThirdPartyParts.script("python/drive.py").toString();
    assertDriven(
        ThirdPartyParts.run(folder, ThirdPartyParts.python(requirements), script, orders()));
  }

  private void node(String line) throws IOException, InterruptedException {
    assertDriven(ThirdPartyParts.run(ThirdPartyParts.node(), "node", "drive.mjs", line, orders()));
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

  private record Ended(int status, String printed) {}

  private Ended demo(String... arguments) throws IOException, InterruptedException {
    var command = frontend("demo");
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CAISSON_SOCKET", socket().toString());
    builder.environment().remove("CAISSON_LAUNCHER");
    var process = builder.start();
    process.getOutputStream().close();
    var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), printed);
  }

  @Test
  void the_demo_shows_the_whole_way() throws IOException, InterruptedException {
    var ended = demo();

    assertThat(ended.printed())
        .contains("Austin has 31.0 °C: it is warmer than Oslo")
        .contains("-gvisor (this machine's own is ")
        .contains("checks of what is printed above hold.");
    assertThat(ended.status()).isZero();
  }

  @Test
  void the_demo_fails_and_says_so_when_a_server_is_broken()
      throws IOException, InterruptedException {
    var broken = write(Map.of("weather", Map.of("command", "sh", "args", List.of("-c", "exit 9"))));

    var ended = demo("--servers", broken.toString());

    assertThat(ended.printed())
        .contains("The demo FAILED:")
        .contains("MCP server 'weather': the server's process ended with status 9");
    assertThat(ended.status()).isEqualTo(1);
  }

  @Test
  void the_demo_says_at_once_which_of_its_files_is_wrong()
      throws IOException, InterruptedException {
    var broken = Files.writeString(folder.resolve("broken.json"), "{");

    var noServers = demo("--servers", broken.toString());
    assertThat(noServers.printed())
        .startsWith("caisson: " + broken + ":\n  it is not JSON: line 1");
    assertThat(noServers.status()).isEqualTo(2);

    var noCode = demo("--code", folder.resolve("none.py").toString());
    assertThat(noCode.printed()).endsWith("none.py: there is no such file\n");
    assertThat(noCode.status()).isEqualTo(2);
  }

  @Test
  void the_demo_fails_and_says_so_when_the_program_does() throws IOException, InterruptedException {
    var program = Files.writeString(folder.resolve("wrong.py"), "print('so far')\n1/0\n");

    var ended = demo("--code", program.toString());

    assertThat(ended.printed()).contains("so far").contains("ZeroDivisionError");
    assertThat(ended.status()).isEqualTo(1);
  }
}
