package dev.caisson.mcp.upstream;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON texts cut into their parts without reading the values. What passes through the frontend
 * stays the text that was sent: a number of 30 digits, {@code 1e400}, half a surrogate pair or a
 * key that comes twice is not ours to change.
 *
 * <p>Only {@link #check} looks whether a text is JSON. The other methods take texts that are, and
 * may throw {@link IndexOutOfBoundsException} for others.
 */
final class RawJson {

  /** Objects and arrays in one another. Far above what the contract lets through, which is 64. */
  static final int DEPTH = 500;

  private static final JsonFactory SYNTAX =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          // Names are the server's and would be kept for the life of the process.
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .build();

  private RawJson() {}

  /** Throws unless the text is one JSON value, at most {@link #DEPTH} deep, and nothing else. */
  static void check(String text) throws JacksonException {
    try (var parser = SYNTAX.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() == null) {
        throw new tools.jackson.core.exc.StreamReadException(parser, "there is no value");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw new tools.jackson.core.exc.StreamReadException(parser, "more than one value");
      }
    }
  }

  static boolean isJson(String text) {
    try {
      check(text);
      return true;
    } catch (JacksonException problem) {
      return false;
    }
  }

  /** True for the text of an object; the text is JSON. */
  static boolean isObject(String json) {
    return json.startsWith("{", afterSpace(json, 0));
  }

  /** True for the text of an array; the text is JSON. */
  static boolean isArray(String json) {
    return json.startsWith("[", afterSpace(json, 0));
  }

  /** Where a value stands in the text that it was cut from. */
  private record Range(int start, int end) {}

  /** An object, by the places of its values. Of a key that comes twice the last counts. */
  static final class Members {
    private final String json;
    private final Map<String, Range> places;

    private Members(String json, Map<String, Range> places) {
      this.json = json;
      this.places = places;
    }

    boolean has(String key) {
      return places.containsKey(key);
    }

    /** The value's text. */
    Optional<String> raw(String key) {
      return Optional.ofNullable(places.get(key))
          .map(place -> json.substring(place.start(), place.end()));
    }

    /** The value when it is a text. */
    Optional<String> text(String key) {
      return raw(key).filter(raw -> raw.startsWith("\"")).map(RawJson::decoded);
    }

    /** True when the value begins so; for kinds of values: an object with "{". */
    boolean begins(String key, String with) {
      var place = places.get(key);
      return place != null && json.startsWith(with, place.start());
    }
  }

  /** The members of an object; none where the text is another value. */
  static Members members(String json) {
    var places = new LinkedHashMap<String, Range>();
    var at = afterSpace(json, 0);
    if (!json.startsWith("{", at)) {
      return new Members(json, places);
    }
    at = afterSpace(json, at + 1);
    while (json.charAt(at) != '}') {
      var keyEnd = textEnd(json, at);
      var key = decoded(json.substring(at, keyEnd));
      var start = afterSpace(json, afterSpace(json, keyEnd) + 1);
      var end = valueEnd(json, start);
      places.put(key, new Range(start, end));
      at = next(json, end);
    }
    return new Members(json, places);
  }

  /** The texts of an object's values; none where the text is another value. */
  static List<String> values(String json) {
    var members = members(json);
    return members.places.values().stream()
        .map(place -> json.substring(place.start(), place.end()))
        .toList();
  }

  /** The texts of an array's values; none where the text is another value. */
  static List<String> elements(String json) {
    var elements = new ArrayList<String>();
    var at = afterSpace(json, 0);
    if (!json.startsWith("[", at)) {
      return elements;
    }
    at = afterSpace(json, at + 1);
    while (json.charAt(at) != ']') {
      var end = valueEnd(json, at);
      elements.add(json.substring(at, end));
      at = next(json, end);
    }
    return elements;
  }

  private static int next(String json, int end) {
    var at = afterSpace(json, end);
    return json.charAt(at) == ',' ? afterSpace(json, at + 1) : at;
  }

  private static int afterSpace(String json, int from) {
    var at = from;
    while (at < json.length() && json.charAt(at) <= ' ') {
      at++;
    }
    return at;
  }

  private static int valueEnd(String json, int start) {
    return switch (json.charAt(start)) {
      case '"' -> textEnd(json, start);
      case '{', '[' -> nestEnd(json, start);
      default -> scalarEnd(json, start);
    };
  }

  private static int nestEnd(String json, int start) {
    var depth = 0;
    for (var at = start; ; ) {
      switch (json.charAt(at)) {
        case '"' -> {
          at = textEnd(json, at);
          continue;
        }
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        default -> {}
      }
      at++;
      if (depth == 0) {
        return at;
      }
    }
  }

  /** The end of a number or a word that begins here. */
  static int scalarEnd(String json, int start) {
    var at = start;
    while (at < json.length() && ",]}:".indexOf(json.charAt(at)) < 0 && json.charAt(at) > ' ') {
      at++;
    }
    return at;
  }

  /** The place after the closing quote of the text whose opening quote is here. */
  static int textEnd(String json, int start) {
    var at = start + 1;
    while (json.charAt(at) != '"') {
      at += json.charAt(at) == '\\' ? 2 : 1;
    }
    return at + 1;
  }

  /** The text that a token with its quotes means. */
  static String decoded(String token) {
    if (token.indexOf('\\') < 0) {
      return token.substring(1, token.length() - 1);
    }
    var text = new StringBuilder(token.length());
    for (var at = 1; at < token.length() - 1; at++) {
      var c = token.charAt(at);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      at++;
      switch (token.charAt(at)) {
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'u' -> {
          text.append((char) Integer.parseInt(token, at + 1, at + 5, 16));
          at += 4;
        }
        default -> text.append(token.charAt(at));
      }
    }
    return text.toString();
  }

  /** A text as a token with quotes, on one line. Half a surrogate pair stays what it is. */
  static String quoted(String text) {
    var token = new StringBuilder(text.length() + 2).append('"');
    for (var at = 0; at < text.length(); at++) {
      var c = text.charAt(at);
      if (c == '"' || c == '\\') {
        token.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        token.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
      } else {
        token.append(c);
      }
    }
    return token.append('"').toString();
  }

  /** Any value as JSON, for messages of our own making. */
  static String of(Object value) {
    return JsonMapper.shared().writeValueAsString(value);
  }

  /**
   * The same JSON on one line. A line is a message on a standard stream: arguments with line breaks
   * between their values could otherwise hold a whole message that no policy has seen.
   */
  static String onOneLine(String json) {
    return json.indexOf('\n') < 0 && json.indexOf('\r') < 0
        ? json
        : json.replace('\n', ' ').replace('\r', ' ');
  }
}
