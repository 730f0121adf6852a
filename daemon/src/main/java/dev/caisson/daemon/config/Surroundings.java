package dev.caisson.daemon.config;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the process was started in, as values, so that reading the configuration depends on nothing
 * else.
 *
 * @param environment variables
 * @param home the user's folder
 * @param workingFolder what relative paths of variables and flags start from
 * @param user who runs the daemon
 */
public record Surroundings(
    Map<String, String> environment, Path home, Path workingFolder, User user) {

  /** Whose folders are the default ones. */
  public enum User {
    ROOT,
    OTHER
  }

  public Surroundings {
    environment = Map.copyOf(environment);
  }

  /** Those of this process. */
  public static Surroundings ofThisProcess() {
    User user = "root".equals(System.getProperty("user.name")) ? User.ROOT : User.OTHER;
    return new Surroundings(
        System.getenv(),
        Path.of(String.valueOf(System.getProperty("user.home"))),
        Path.of("").toAbsolutePath(),
        user);
  }

  /** A variable, or the other value when it is not set or empty. */
  String variable(String name, String otherwise) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? otherwise : value;
  }

  /** The file that is read when none is named; it need not be there. */
  Path defaultFile() {
    return switch (user) {
      case ROOT -> Path.of("/etc/caisson/caisson.yaml");
      case OTHER ->
          Path.of(variable("XDG_CONFIG_HOME", home.resolve(".config").toString()))
              .resolve("caisson/caisson.yaml");
    };
  }

  /** The folders when nothing names them; the same as the launcher's. */
  PlacesConfig places() {
    return switch (user) {
      case ROOT -> PlacesConfig.in(Path.of("/run/caisson"));
      case OTHER -> {
        String states = variable("XDG_STATE_HOME", home.resolve(".local/state").toString());
        Path state = Path.of(states).resolve("caisson");
        String runtime = variable("XDG_RUNTIME_DIR", "");
        Path run = runtime.isEmpty() ? state : Path.of(runtime).resolve("caisson");
        yield PlacesConfig.in(run);
      }
    };
  }
}
