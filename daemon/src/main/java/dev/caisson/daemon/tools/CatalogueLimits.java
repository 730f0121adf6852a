package dev.caisson.daemon.tools;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.ToolCatalogue;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * The size of what a client may bring, checked when a run starts. Looks at lengths and nesting
 * only, in one pass and without parsing: a run that touches no tool must not pay for reading its
 * schemas.
 */
final class CatalogueLimits {

  static final int SERVERS = 256;
  static final int TOOLS = 10_000;
  static final int SERVER_NAME_CHARACTERS = 128;
  static final int TOOL_NAME_CHARACTERS = 256;
  static final int SCHEMA_LEVELS = 64;
  static final ByteSize CATALOGUE = ByteSize.ofMebibytes(16);
  static final ByteSize SERVER_DESCRIPTION = ByteSize.ofKibibytes(16);
  static final ByteSize SERVER_UNAVAILABLE = ByteSize.ofKibibytes(4);
  static final ByteSize TOOL_DESCRIPTION = ByteSize.ofKibibytes(64);
  static final ByteSize SCHEMA = ByteSize.ofKibibytes(256);

  private long bytes;
  private int tools;

  private CatalogueLimits() {}

  /** Refuses a catalogue outside the limits, naming the server and tool. */
  static void check(ToolCatalogue catalogue) {
    new CatalogueLimits().catalogue(catalogue);
  }

  private void catalogue(ToolCatalogue catalogue) {
    if (catalogue.servers().size() > SERVERS) {
      throw refused(
          "the tool catalogue", "has " + catalogue.servers().size() + " servers", SERVERS + "");
    }
    Set<String> names = new HashSet<>();
    for (ToolCatalogue.Server server : catalogue.servers()) {
      String what = "tool server " + quoted(server.name());
      name(what, server.name(), SERVER_NAME_CHARACTERS, names);
      text(what, "description", server.description(), SERVER_DESCRIPTION);
      text(what, "reason to be unavailable", server.unavailable(), SERVER_UNAVAILABLE);
      tools(server, what);
    }
  }

  private void tools(ToolCatalogue.Server server, String serverText) {
    tools += server.tools().size();
    if (tools > TOOLS) {
      throw refused("the tool catalogue", "has more tools than allowed", TOOLS + "");
    }
    Set<String> names = new HashSet<>();
    for (ToolCatalogue.Tool tool : server.tools()) {
      String what = "tool " + quoted(tool.name()) + " of " + serverText;
      name(what, tool.name(), TOOL_NAME_CHARACTERS, names);
      text(what, "title", tool.title(), SERVER_DESCRIPTION);
      text(what, "description", tool.description(), TOOL_DESCRIPTION);
      schema(what, "input schema", tool.inputSchema());
      schema(what, "output schema", tool.outputSchema());
    }
  }

  private void name(String what, String name, int most, Set<String> names) {
    int characters = name.codePointCount(0, name.length());
    if (characters < 1 || characters > most) {
      throw refused(what, "has a name of " + characters + " characters", "1 to " + most);
    }
    if (!names.add(name)) {
      throw refused(what, "is there twice", "each name once");
    }
    count(name);
  }

  private void text(String what, String part, String text, ByteSize most) {
    long size = count(text);
    if (size > most.bytes()) {
      throw refused(what, "has a " + part + " of " + size + " bytes", "at most " + most);
    }
  }

  private void schema(String what, String part, String json) {
    text(what, part, json, SCHEMA);
    if (openings(json) > SCHEMA_LEVELS && levels(json) > SCHEMA_LEVELS) {
      throw refused(what, "has an " + part + " nested too deep", SCHEMA_LEVELS + " levels");
    }
  }

  private long count(String text) {
    long size = text.getBytes(StandardCharsets.UTF_8).length;
    bytes += size;
    if (bytes > CATALOGUE.bytes()) {
      throw refused("the tool catalogue", "is too large", "at most " + CATALOGUE);
    }
    return size;
  }

  /** A bound for the nesting that costs next to nothing and is enough for most schemas. */
  private static int openings(String json) {
    int count = 0;
    for (int at = json.indexOf('{'); at >= 0; at = json.indexOf('{', at + 1)) {
      count++;
    }
    for (int at = json.indexOf('['); at >= 0; at = json.indexOf('[', at + 1)) {
      count++;
    }
    return count;
  }

  /** Nesting of a JSON text; exact for valid JSON, and a bound for the parser otherwise. */
  private static int levels(String json) {
    int level = 0;
    int deepest = 0;
    boolean inText = false;
    for (int i = 0; i < json.length(); i++) {
      switch (json.charAt(i)) {
        case '"' -> inText = !inText;
        case '\\' -> i++;
        case '{', '[' -> {
          if (!inText) {
            level++;
            deepest = Math.max(deepest, level);
          }
        }
        case '}', ']' -> level -= inText ? 0 : 1;
        default -> {}
      }
    }
    return deepest;
  }

  private static String quoted(String name) {
    return PythonText.literal(name.length() <= 128 ? name : name.substring(0, 128));
  }

  private static SandboxException refused(String what, String state, String allowed) {
    return new SandboxException(
        ErrorCode.INVALID_REQUEST, what + " " + state + "; allowed: " + allowed);
  }
}
