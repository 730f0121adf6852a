package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.NearestName;
import java.net.IDN;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Something that code might do, asked about before any code does it. */
public sealed interface PolicyQuestion {

  /** A connection through the proxy, whatever it carries. */
  record Connect(String host, int port) implements PolicyQuestion {}

  /** A request in plain HTTP. */
  record Http(String method, String host, int port) implements PolicyQuestion {}

  /** A tool, by the names of the catalogue. */
  record Tool(String server, String tool) implements PolicyQuestion {}

  /** {@code import MODULE}. */
  record Import(String module) implements PolicyQuestion {}

  /** The use of a builtin. */
  record Builtin(String name) implements PolicyQuestion {}

  /** The use of an attribute, with what is before the dot or without. */
  record Attribute(String dotted) implements PolicyQuestion {}

  /** How questions are asked on a command line. */
  List<String> FLAGS =
      List.of("--connect", "--http", "--tool", "--import", "--builtin", "--attribute");

  /** An authority without its user; the port is what follows the last colon outside of brackets. */
  Pattern HOST_AND_PORT = Pattern.compile("(?<host>\\[[^\\]]*\\]|[^:\\[\\]]+)(?::(?<port>.*))?");

  /**
   * Reads a question as a command line has it: "--connect", "api.example.test:443".
   *
   * @throws IllegalArgumentException that says what is wrong and what is right
   */
  static PolicyQuestion of(List<String> words) {
    String flag = words.isEmpty() ? "" : words.getFirst();
    if (!FLAGS.contains(flag)) {
      throw new IllegalArgumentException(
          "'%s' is no question.%s Known: %s"
              .formatted(flag, NearestName.hint(flag, FLAGS), String.join(", ", FLAGS)));
    }
    int values = flag.equals("--http") ? 2 : 1;
    if (words.size() != values + 1) {
      throw new IllegalArgumentException(
          flag + (values == 1 ? " takes one value" : " takes a method and a URL"));
    }
    String value = words.get(1);
    if (words.subList(1, words.size()).stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException(flag + " takes a value that is not empty");
    }
    return switch (flag) {
      case "--connect" -> connect(value);
      case "--http" -> http(value, words.get(2));
      case "--tool" -> tool(value);
      case "--import" -> new Import(value);
      case "--builtin" -> new Builtin(value);
      default -> new Attribute(value);
    };
  }

  /** Reads "HOST:PORT". */
  static Connect connect(String text) {
    String advice = "; write for example api.example.test:443, or [2001:db8::1]:443";
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, Math.max(0, colon));
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (host.isEmpty() || (host.matches(".*[:\\[\\]].*") && !bracketed) || text.contains("://")) {
      throw new IllegalArgumentException("'" + text + "' is not HOST:PORT" + advice);
    }
    return new Connect(asciiHost(host), port(text, text.substring(colon + 1)));
  }

  /** Reads a method and "http://HOST[:PORT]/…"; an https address is a connection. */
  static PolicyQuestion http(String method, String url) {
    URI address;
    try {
      address = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + url + "' is not a URL: " + e.getMessage(), e);
    }
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    // The authority as it stands: what is no name of a host is for the policy to refuse.
    String authority = String.valueOf(address.getRawAuthority());
    String where = authority.substring(authority.lastIndexOf('@') + 1);
    Matcher parts = HOST_AND_PORT.matcher(where);
    if (address.getRawAuthority() == null
        || !parts.matches()
        || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException(
          "'" + url + "' is not a URL with http or https and a host");
    }
    boolean plain = scheme.equals("http");
    String usual = plain ? "80" : "443";
    int port = port(url, Objects.requireNonNullElse(parts.group("port"), usual));
    String host = asciiHost(parts.group("host"));
    return plain ? new Http(method, host, port) : new Connect(host, port);
  }

  /** Reads "SERVER.TOOL"; the first dot parts the two. */
  static Tool tool(String text) {
    int dot = text.indexOf('.');
    if (dot < 1 || dot == text.length() - 1) {
      throw new IllegalArgumentException(
          "'" + text + "' is not SERVER.TOOL; write for example weather.get_forecast");
    }
    return new Tool(text.substring(0, dot), text.substring(dot + 1));
  }

  /**
   * A policy is written in ASCII, and so is what travels. What clients make of a name in another
   * script is not guessed at, because they do not agree on it.
   */
  private static String asciiHost(String host) {
    if (host.chars().allMatch(c -> c < 0x80)) {
      return host;
    }
    throw new IllegalArgumentException(
        "'%s' is not ASCII; names in other scripts are asked for in their xn-- form%s"
            .formatted(host, ascii(host).map(", here probably '%s'"::formatted).orElse("")));
  }

  private static Optional<String> ascii(String host) {
    try {
      return Optional.of(IDN.toASCII(host));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static int port(String text, String digits) {
    if (!digits.matches("\\d{1,5}")
        || Integer.parseInt(digits) < 1
        || Integer.parseInt(digits) > 65_535) {
      throw new IllegalArgumentException(
          "'%s' has the port '%s'; a port is a number from 1 to 65535".formatted(text, digits));
    }
    return Integer.parseInt(digits);
  }
}
