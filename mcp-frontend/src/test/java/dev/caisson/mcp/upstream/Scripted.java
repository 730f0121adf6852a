package dev.caisson.mcp.upstream;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Definitions of the scripted server in the test resources. */
public final class Scripted {

  private Scripted() {}

  public static ServerDefinition server(String name, String... options) {
    return server(name, Map.of(), options);
  }

  static ServerDefinition server(String name, Map<String, String> environment, String... options) {
    return definition(name, environment, new Redaction(List.of()), options);
  }

  /** A server that has this secret in its environment, as TOKEN. */
  static ServerDefinition withSecret(String name, String secret, String... options) {
    return definition(name, Map.of("TOKEN", secret), new Redaction(List.of(secret)), options);
  }

  private static ServerDefinition definition(
      String name, Map<String, String> environment, Redaction secrets, String... options) {
    var command = new ArrayList<>(List.of("python3", script()));
    command.addAll(List.of(options));
    return new ServerDefinition.Stdio(name, command, environment, Optional.empty(), secrets);
  }

  private static String script() {
    try {
      var resource = Scripted.class.getResource("/servers/scripted_server.py");
      if (resource == null) {
        throw new IllegalStateException("the scripted server is not among the test resources");
      }
      return Path.of(resource.toURI()).toString();
    } catch (URISyntaxException problem) {
      throw new IllegalStateException(problem);
    }
  }
}
