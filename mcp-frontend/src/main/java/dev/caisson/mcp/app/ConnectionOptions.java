package dev.caisson.mcp.app;

import dev.caisson.client.DaemonAddress;
import dev.caisson.mcp.upstream.ServerDefinition;
import dev.caisson.mcp.upstream.ServersFile;
import dev.caisson.mcp.upstream.ServersFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command of the frontend has. */
final class ConnectionOptions implements PlainCommandLine.Options {

  @Option(
      names = "--servers",
      paramLabel = "FILE",
      description = "The MCP servers whose tools the code may call, in the mcpServers format.")
  private @Nullable Path servers;

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      defaultValue = "",
      description = "The policy of every run. Without it, the default policy.")
  private String policy = "";

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      defaultValue = "",
      description =
          "The daemon's socket. Default: CAISSON_SOCKET, or caisson.sock in CAISSON_RUN_DIR.")
  private String socket = "";

  List<ServerDefinition> servers() throws ServersFileException {
    return servers == null ? List.of() : ServersFile.read(servers, System.getenv());
  }

  /** The same options for another command line; paths are absolute, for it may run elsewhere. */
  List<String> asArguments() {
    List<String> arguments = new ArrayList<>();
    if (servers != null) {
      arguments.addAll(List.of("--servers", servers.toAbsolutePath().normalize().toString()));
    }
    if (!policy.isEmpty()) {
      arguments.addAll(List.of("--policy", policy));
    }
    if (!socket.isEmpty()) {
      arguments.addAll(List.of("--socket", socket));
    }
    return arguments;
  }

  String policy() {
    return policy;
  }

  DaemonAddress daemon() {
    return DaemonAddress.parse(
        socket.isEmpty()
            ? Sockets.fromEnvironment(System.getenv(), System.getProperty("user.name", ""))
            : socket);
  }

  @Override
  public boolean takeFlag(String name) {
    return false;
  }

  @Override
  public boolean take(String name, String value) {
    switch (name) {
      case "--servers" -> servers = Path.of(value);
      case "--policy" -> policy = value;
      case "--socket" -> socket = value;
      default -> {
        return false;
      }
    }
    return true;
  }
}
