package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which daemon a command talks to: the flag, else the environment, else where root's daemon is. */
final class DaemonOption {

  private static final String DEFAULT_RUN_FOLDER = "/run/caisson";

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The daemon's Unix socket (default: $CAISSON_SOCKET).")
  private Optional<String> socket = Optional.empty();

  String address(CommandContext context) {
    Map<String, String> environment = context.environment();
    return socket
        .or(() -> Optional.ofNullable(environment.get("CAISSON_SOCKET")))
        .filter(text -> !text.isBlank())
        .orElseGet(() ->
            environment.getOrDefault("CAISSON_RUN_DIR", DEFAULT_RUN_FOLDER) + "/caisson.sock");
  }

  CaissonClient connect(CommandContext context) {
    try {
      return CaissonClient.connect(address(context));
    } catch (IllegalArgumentException wrong) {
      throw new UsageException(String.valueOf(wrong.getMessage()), "");
    }
  }
}
