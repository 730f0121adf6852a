package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The arguments of one tool that travel in headers too, because its schema says so with {@code
 * x-mcp-header}. Only in the newer era, over HTTP.
 */
final class ParameterHeaders {

  static final ParameterHeaders NONE = new ParameterHeaders(List.of());

  private static final String KEY = "x-mcp-header";
  private static final String PREFIX = "Mcp-Param-";

  /** Characters of one header's value; most servers take not much more for all headers. */
  private static final int LONGEST = 4 * 1024;

  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");
  private static final Set<String> PRIMITIVE = Set.of("string", "integer", "boolean");

  /** Keywords whose value is data, which may look like a schema and is none. */
  private static final Set<String> DATA = Set.of("default", "examples", "enum", "const", KEY);

  /** Keywords whose value has schemas under names that are not ours to read. */
  private static final Set<String> NAMED =
      Set.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");

  private final List<Mirrored> mirrored;

  private record Mirrored(List<String> path, String header) {}

  private ParameterHeaders(List<Mirrored> mirrored) {
    this.mirrored = List.copyOf(mirrored);
  }

  /** A schema that the specification forbids us to use; the message says why. */
  static final class InvalidSchemaException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidSchemaException(String message) {
      super(message);
    }
  }

  /** Reads a tool's schema, a JSON object. */
  static ParameterHeaders of(String inputSchema) throws InvalidSchemaException {
    if (!inputSchema.contains(KEY)) {
      return NONE;
    }
    var reading = new Reading();
    reading.schema(JsonMapper.shared().readTree(inputSchema), Optional.of(List.of()));
    return new ParameterHeaders(reading.found);
  }

  /** Collects over one schema. A path is empty off the chain of {@code properties}. */
  private static final class Reading {
    private final List<Mirrored> found = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    void schema(JsonNode schema, Optional<List<String>> path) throws InvalidSchemaException {
      if (schema.has(KEY)) {
        found.add(mirrored(schema, path));
      }
      for (var entry : schema.properties()) {
        if (NAMED.contains(entry.getKey())) {
          for (var named : entry.getValue().properties()) {
            schema(
                named.getValue(),
                entry.getKey().equals("properties")
                    ? path.map(to -> longer(to, named.getKey()))
                    : Optional.empty());
          }
        } else if (entry.getValue().isArray() && !DATA.contains(entry.getKey())) {
          for (var one : entry.getValue()) {
            schema(one, Optional.empty());
          }
        } else if (!DATA.contains(entry.getKey())) {
          schema(entry.getValue(), Optional.empty());
        }
      }
    }

    private Mirrored mirrored(JsonNode schema, Optional<List<String>> path)
        throws InvalidSchemaException {
      var header = schema.path(KEY).isString() ? schema.path(KEY).stringValue() : "";
      if (path.isEmpty() || path.get().isEmpty()) {
        throw new InvalidSchemaException("'" + KEY + "' is on what is no property of an object");
      }
      if (!TOKEN.matcher(header).matches()) {
        throw new InvalidSchemaException("'" + KEY + "' is not the name of a header");
      }
      if (!PRIMITIVE.contains(schema.path("type").asString(""))) {
        throw new InvalidSchemaException("'" + KEY + "' is on another type than " + PRIMITIVE);
      }
      if (!names.add(header.toLowerCase(Locale.ROOT))) {
        throw new InvalidSchemaException("'" + KEY + "' names the same header twice");
      }
      return new Mirrored(path.get(), PREFIX + header);
    }

    private static List<String> longer(List<String> path, String name) {
      var longer = new ArrayList<>(path);
      longer.add(name);
      return longer;
    }
  }

  /** Adds the headers for these arguments, a JSON object. */
  void of(String arguments, Map<String, String> headers) throws LostConnectionException {
    for (var one : mirrored) {
      var value = value(arguments, one.path());
      if (value.isPresent()) {
        var encoded = MirroredHeaders.encoded(value.get());
        if (encoded.length() > LONGEST) {
          throw new LostConnectionException(
              "it wants argument '%s' in a header, where at most %d characters fit; it has %d"
                  .formatted(String.join(".", one.path()), LONGEST, encoded.length()),
              Delivery.NO_ROOM);
        }
        headers.put(one.header(), encoded);
      }
    }
  }

  private static Optional<String> value(String arguments, List<String> path) {
    var at = RawJson.members(arguments);
    for (var step : path.subList(0, path.size() - 1)) {
      at = RawJson.members(at.raw(step).orElse("{}"));
    }
    return at.raw(path.getLast())
        .filter(raw -> !raw.equals("null") && !raw.startsWith("{") && !raw.startsWith("["))
        .map(raw -> raw.startsWith("\"") ? RawJson.decoded(raw) : raw);
  }
}
