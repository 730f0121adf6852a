package dev.caisson.mcp.app;

import java.nio.file.Path;
import java.util.Map;

/** Where the daemon listens, when no flag says so. */
final class Sockets {

  private Sockets() {}

  /** CAISSON_SOCKET, or caisson.sock in CAISSON_RUN_DIR or in the user's usual folder. */
  static String fromEnvironment(Map<String, String> environment, String user) {
    var socket = environment.getOrDefault("CAISSON_SOCKET", "");
    if (!socket.isEmpty()) {
      return socket;
    }
    return runFolder(environment, user).resolve("caisson.sock").toString();
  }

  private static Path runFolder(Map<String, String> environment, String user) {
    var named = environment.getOrDefault("CAISSON_RUN_DIR", "");
    if (!named.isEmpty()) {
      return Path.of(named);
    }
    if (user.equals("root")) {
      return Path.of("/run/caisson");
    }
    var xdg = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (!xdg.isEmpty()) {
      return Path.of(xdg, "caisson");
    }
    var home = Path.of(environment.getOrDefault("HOME", "/"));
    var state = environment.getOrDefault("XDG_STATE_HOME", "");
    var base = state.isEmpty() ? home.resolve(".local/state") : Path.of(state);
    return Path.of(
        environment.getOrDefault("CAISSON_STATE_DIR", base.resolve("caisson").toString()));
  }
}
