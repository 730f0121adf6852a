package dev.caisson.mcp.app;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where what MCP servers write on their stderr is kept. */
final class LogFolder {

  private LogFolder() {}

  /** In the folder of logs that the launcher names; none when there was no launcher. */
  static Optional<Path> ofServers(Map<String, String> environment) {
    return Optional.ofNullable(environment.get("CAISSON_LOG_DIR"))
        .filter(folder -> !folder.isBlank())
        .map(folder -> Path.of(folder, "servers"));
  }
}
