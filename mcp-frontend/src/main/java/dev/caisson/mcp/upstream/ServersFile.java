package dev.caisson.mcp.upstream;

import dev.caisson.mcp.text.UnreadableFile;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the {@code mcpServers} file that MCP clients already use.
 *
 * <p>An entry is a stdio server ({@code command}, {@code args}, {@code env}, {@code cwd}) or an
 * HTTP server ({@code url}, {@code headers}); {@code type} may say which, and {@code sse} that it
 * is one of 2024.
 *
 * <p>{@code ${NAME}}, {@code ${env:NAME}} and {@code ${NAME:-default}} are taken from the
 * environment, {@code ${file:PATH}} is the content of a file. Keys of other clients are ignored,
 * because the file is theirs as well; what we would need and cannot do is an error. No problem
 * shows a value: it may be a secret.
 */
public final class ServersFile {

  /** What a JSON parser shows of the text it stumbled over; of one character it shows enough. */
  private static final Pattern QUOTED = Pattern.compile("(?s)'[^']{2,}'|\"[^\"]{2,}\"");

  private static final int MOST_SERVERS = 256;
  private static final String NO_SERVERS =
      "it has no object 'mcpServers' at the top; write"
          + " {\"mcpServers\": {\"NAME\": {\"command\": \"...\", \"args\": []}}} or {\"url\": \"...\"}";

  private final Path file;
  private final Map<String, String> environment;
  private final List<String> problems = new ArrayList<>();

  private ServersFile(Path file, Map<String, String> environment) {
    this.file = file;
    this.environment = Map.copyOf(environment);
  }

  /** All servers of the file that are not disabled, in its order. */
  public static List<ServerDefinition> read(Path file, Map<String, String> environment)
      throws ServersFileException {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException problem) {
      throw new ServersFileException(file.toString(), List.of(UnreadableFile.why(problem)));
    }
    return new ServersFile(file, environment).parse(text);
  }

  private List<ServerDefinition> parse(String text) throws ServersFileException {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(text);
    } catch (JacksonException problem) {
      var where = problem.getLocation();
      throw new ServersFileException(
          file.toString(),
          List.of(
              "it is not JSON: line %d, column %d: %s"
                  .formatted(
                      where.getLineNr(),
                      where.getColumnNr(),
                      QUOTED.matcher(problem.getOriginalMessage()).replaceAll("'…'"))));
    }
    var servers = root.has("mcpServers") ? root.path("mcpServers") : root.path("servers");
    if (!servers.isObject()) {
      throw new ServersFileException(file.toString(), List.of(NO_SERVERS));
    }
    var definitions = new ArrayList<ServerDefinition>();
    servers
        .properties()
        .forEach(entry -> definition(entry.getKey(), entry.getValue()).ifPresent(definitions::add));
    if (definitions.size() > MOST_SERVERS) {
      problems.add(
          "has " + definitions.size() + " servers; at most " + MOST_SERVERS + " are taken");
    }
    if (!problems.isEmpty()) {
      throw new ServersFileException(file.toString(), problems);
    }
    return definitions;
  }

  private Optional<ServerDefinition> definition(String name, JsonNode entry) {
    if (!entry.isObject()) {
      problems.add("server '" + name + "' is not an object");
      return Optional.empty();
    }
    if (entry.path("disabled").asBoolean(false)) {
      return Optional.empty();
    }
    if (name.isBlank() || name.length() > 128) {
      problems.add("server '" + name + "': a name has 1 to 128 characters");
      return Optional.empty();
    }
    var type = text(entry, "type");
    return switch (type == null ? (entry.has("url") ? "http" : "stdio") : type) {
      case "stdio", "local" -> stdio(name, entry);
      case "http", "streamable-http", "streamableHttp", "streamable_http", "remote" ->
          http(name, entry, false);
      case "sse" -> http(name, entry, true);
      default -> {
        problems.add(
            "server '" + name + "': type '" + type + "' is none of 'stdio', 'http' and 'sse'");
        yield Optional.empty();
      }
    };
  }

  private Optional<ServerDefinition> stdio(String name, JsonNode entry) {
    var secrets = new Secrets();
    var references = references(name, secrets);
    var command = text(entry, "command");
    if (command == null || command.isBlank()) {
      problems.add("server '" + name + "' has neither 'command' nor 'url'" + found(entry));
      return Optional.empty();
    }
    var line = new ArrayList<String>();
    line.add(references.resolve(command));
    expect(name, entry, "args", JsonNode::isArray, "a list of texts");
    expect(name, entry, "env", JsonNode::isObject, "an object of texts");
    expect(name, entry, "cwd", JsonNode::isString, "a text");
    for (var argument : entry.path("args")) {
      line.add(references.resolve(argument.asString()));
    }
    if (line.getFirst().isBlank()) {
      return Optional.empty(); // A reference that led nowhere, which is reported already.
    }
    var variables = strings(entry.path("env"), references);
    variables.forEach(secrets::variable);
    secrets.arguments(line.subList(1, line.size()));
    var directory = Optional.ofNullable(text(entry, "cwd")).map(references::resolve).map(Path::of);
    return Optional.of(
        new ServerDefinition.Stdio(name, line, variables, directory, secrets.redaction()));
  }

  private Optional<ServerDefinition> http(String name, JsonNode entry, boolean sse) {
    var secrets = new Secrets();
    var references = references(name, secrets);
    expect(name, entry, "headers", JsonNode::isObject, "an object of texts");
    var headers = strings(entry.path("headers"), references);
    headers.forEach(secrets::header);
    headers.forEach((header, value) -> sendable(name, header, value));
    var address = text(entry, "url");
    try {
      var url = new URI(references.resolve(address == null ? "" : address));
      var scheme = String.valueOf(url.getScheme());
      if (!(scheme.equals("http") || scheme.equals("https")) || url.getHost() == null) {
        problems.add("server '" + name + "': 'url' is not an http or https address");
        return Optional.empty();
      }
      secrets.address(url.toString());
      return Optional.of(new ServerDefinition.Http(name, url, headers, sse, secrets.redaction()));
    } catch (URISyntaxException problem) {
      problems.add("server '" + name + "': 'url' is not an address");
      return Optional.empty();
    }
  }

  /** The HTTP client's own error would come at the first connection, and with the value. */
  private void sendable(String server, String header, String value) {
    try {
      HttpRequest.newBuilder().setHeader(header, value);
    } catch (IllegalArgumentException problem) {
      problems.add(
          "server '"
              + server
              + "': header '"
              + header
              + "' cannot be sent; a name is letters, digits and '-' and none that the connection"
              + " needs for itself, a value one line");
    }
  }

  private References references(String server, Secrets secrets) {
    var folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
    return new References("server '" + server + "'", folder, environment, secrets, problems);
  }

  /** What is there instead; a mistyped key shows. */
  private static String found(JsonNode entry) {
    return entry.isEmpty() ? "" : "; it has '" + String.join("', '", entry.propertyNames()) + "'";
  }

  /** A value of another kind would be as if it were not there, and the server behave oddly. */
  private void expect(
      String server, JsonNode entry, String key, Predicate<JsonNode> kind, String wanted) {
    var value = entry.path(key);
    if (!value.isMissingNode() && !value.isNull() && !kind.test(value)) {
      problems.add("server '" + server + "': '" + key + "' is not " + wanted);
    }
  }

  private static Map<String, String> strings(JsonNode object, References references) {
    var result = new LinkedHashMap<String, String>();
    object
        .properties()
        .forEach(e -> result.put(e.getKey(), references.resolve(e.getValue().asString())));
    return result;
  }

  private static @Nullable String text(JsonNode entry, String key) {
    var value = entry.path(key);
    return value.isString() ? value.stringValue() : null;
  }
}
