package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.NearestName;
import java.net.URI;
import java.util.List;

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
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 1 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
      throw new IllegalArgumentException(
          "'" + text + "' is not HOST:PORT; write for example api.example.test:443");
    }
    return new Connect(text.substring(0, colon), Integer.parseInt(port));
  }

  /** Reads a method and "http://HOST[:PORT]/…"; an https address is a connection. */
  static PolicyQuestion http(String method, String url) {
    URI address;
    try {
      address = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + url + "' is not a URL: " + e.getMessage(), e);
    }
    String scheme = String.valueOf(address.getScheme());
    if (address.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException(
          "'" + url + "' is not a URL with http or https and a host");
    }
    boolean plain = scheme.equals("http");
    int port = address.getPort() >= 0 ? address.getPort() : plain ? 80 : 443;
    return plain ? new Http(method, address.getHost(), port) : new Connect(address.getHost(), port);
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
}
