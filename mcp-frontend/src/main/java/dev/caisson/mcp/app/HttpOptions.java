package dev.caisson.mcp.app;

import dev.caisson.mcp.http.Places;
import dev.caisson.mcp.http.Tokens;
import dev.caisson.mcp.upstream.SecretReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of serving over HTTP. */
final class HttpOptions {

  private static final Pattern ADDRESS =
      Pattern.compile("(?:(?<host>\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]]*):)?(?<port>\\d{1,5})");

  @Option(
      names = "--http",
      paramLabel = "HOST:PORT",
      description =
          "Serves many clients over Streamable HTTP at /mcp instead of one on standard input, and"
              + " prints where. Without HOST on loopback only; PORT 0 takes any that is free.")
  private @Nullable String http;

  @Option(
      names = "--token",
      paramLabel = "REFERENCE",
      description =
          "With --http: where a bearer token is that clients have to show, as $${file:PATH} or"
              + " $${NAME} of the environment. Once for each client. Needed for a HOST that is not"
              + " loopback.")
  private List<String> tokens = List.of();

  @Option(
      names = "--allow-origin",
      paramLabel = "ORIGIN",
      description =
          "With --http: web pages of this origin may ask too, as https://app.example. Those of this"
              + " machine always may.")
  private List<String> origins = List.of();

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description =
          "With --http: a name that clients reach this server by, besides localhost and addresses.")
  private List<String> hosts = List.of();

  @Spec(Target.MIXEE)
  private @Nullable CommandSpec command;

  /**
   * What is served where.
   *
   * @param address that is listened on
   */
  record Served(InetSocketAddress address, Tokens tokens, Places places) {}

  /** Empty without {@code --http}. */
  Optional<Served> served(Map<String, String> environment) {
    if (http == null) {
      if (!tokens.isEmpty() || !origins.isEmpty() || !hosts.isEmpty()) {
        throw wrong("--token, --allow-origin and --allow-host are for --http, which is not given");
      }
      return Optional.empty();
    }
    var address = address(http);
    var taken = tokens(environment);
    if (taken.isEmpty() && !address.getAddress().isLoopbackAddress()) {
      throw wrong(
          "--http "
              + http
              + " can be reached from other machines, and whoever reaches it runs code: give a"
              + " bearer token with --token, or listen on loopback (--http :"
              + address.getPort()
              + ")");
    }
    origins.forEach(origin ->
        Places.problem(origin)
            .ifPresent(why -> {
              throw wrong("--allow-origin '%s': %s, as https://app.example".formatted(origin, why));
            }));
    return Optional.of(new Served(address, taken, Places.of(origins, hosts)));
  }

  private InetSocketAddress address(String text) {
    var parts = ADDRESS.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group("port")) > 65_535) {
      throw wrong("--http '" + text + "' is no HOST:PORT, as 127.0.0.1:8080, [::1]:8080 or :8080");
    }
    var port = Integer.parseInt(parts.group("port"));
    var host = parts.group("host");
    try {
      return host == null || host.isEmpty()
          ? new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port)
          : new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException unknown) {
      throw wrong("--http '" + text + "': the host has no address");
    }
  }

  private Tokens tokens(Map<String, String> environment) {
    var problems = new ArrayList<String>();
    var read = new ArrayList<String>();
    for (var reference : tokens) {
      var token = SecretReference.read("--token", reference, Path.of(""), environment, problems);
      if (problems.isEmpty()) {
        Tokens.problem(token).ifPresent(why -> problems.add("--token " + reference + ": " + why));
      }
      if (read.contains(token)) {
        problems.add("--token " + reference + ": another --token leads to the same one");
      }
      read.add(token);
    }
    if (!problems.isEmpty()) {
      throw wrong(String.join("\n", problems));
    }
    return Tokens.of(read);
  }

  private ParameterException wrong(String message) {
    if (command == null) {
      throw new IllegalStateException(message);
    }
    return new ParameterException(command.commandLine(), message);
  }
}
