package dev.caisson.mcp.demo;

import dev.caisson.mcp.text.BundledText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The example servers and programs that come with the demo, and a folder of their own to run in.
 */
final class ExampleFiles implements AutoCloseable {

  private static final List<String> SERVERS =
      List.of("_mcp_stdio.py", "weather_server.py", "calculator_server.py");

  private final Path folder;

  ExampleFiles() throws IOException {
    folder = Files.createTempDirectory("caisson-demo-");
    for (var name : SERVERS) {
      Files.writeString(folder.resolve(name), BundledText.of("/caisson/examples/" + name));
    }
  }

  /** A servers file for the two example servers. */
  Path serversFile() throws IOException {
    var servers =
        Map.of(
            "mcpServers",
            Map.of("weather", server("weather_server"), "calculator", server("calculator_server")));
    return Files.writeString(
        folder.resolve("mcp.json"), JsonMapper.shared().writeValueAsString(servers));
  }

  private Map<String, Object> server(String name) {
    return Map.of(
        "command", "python3", "args", List.of("-B", folder.resolve(name + ".py").toString()));
  }

  static String program(String name) {
    return BundledText.of("/caisson/demo/" + name);
  }

  @Override
  public void close() {
    try (var files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException problem) {
              throw new UncheckedIOException(problem);
            }
          });
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }
}
