package dev.caisson.daemon.model;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A place in a session's workspace: names joined by "/", empty for the workspace itself. It cannot
 * lead anywhere else by its form; that links do not either is the agent's to see to.
 */
public record WorkspacePath(String text) {

  public static final WorkspacePath ROOT = new WorkspacePath("");

  private static final int MOST_BYTES = 4_095;
  private static final int NAME_BYTES = 255;
  private static final int MOST_NAMES = 64;
  private static final int SHOWN = 80;

  /**
   * @throws SandboxException INVALID_REQUEST for what is no such path
   */
  public WorkspacePath {
    if (!text.isEmpty()) {
      requireForm(text);
    }
  }

  /** The same for a path that must name something in the workspace. */
  public static WorkspacePath within(String text) {
    if (text.isEmpty()) {
      throw invalid("path is empty", "send the path of something in the workspace");
    }
    return new WorkspacePath(text);
  }

  /** The same for text that may be no such path. */
  static Optional<WorkspacePath> ifAllowed(String text) {
    try {
      return Optional.of(new WorkspacePath(text));
    } catch (SandboxException notAllowed) {
      return Optional.empty();
    }
  }

  public boolean isRoot() {
    return text.isEmpty();
  }

  public List<String> names() {
    return isRoot() ? List.of() : List.of(text.split("/", -1));
  }

  /** The last name; empty for the workspace itself. */
  public String name() {
    return text.substring(text.lastIndexOf('/') + 1);
  }

  /** The text of a path to what is in this directory, which may be more than a path may have. */
  public String below(String name) {
    return isRoot() ? name : text + "/" + name;
  }

  /** The first names of it, as many as {@code count}. */
  public WorkspacePath first(int count) {
    return new WorkspacePath(String.join("/", names().subList(0, count)));
  }

  /** Whether it may stand for one entry of a directory. */
  public static boolean isName(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.indexOf('/') < 0
        && name.indexOf('\0') < 0
        && bytes(name) <= NAME_BYTES;
  }

  /** For people: quoted, with what is not printed made visible, and not too long. */
  public String shown() {
    return isRoot() ? "the workspace" : shown(text);
  }

  private static void requireForm(String text) {
    if (text.startsWith("/")) {
      throw invalid(
          "path %s is absolute".formatted(shown(text)),
          "paths are relative to the workspace: leave out the first '/'");
    }
    if (bytes(text) > MOST_BYTES) {
      throw invalid(
          "path has %,d bytes".formatted(bytes(text)), "at most 4,095 are allowed; shorten it");
    }
    String[] names = text.split("/", -1);
    if (names.length > MOST_NAMES) {
      throw invalid(
          "path has %,d names".formatted(names.length),
          "at most 64 are allowed; use fewer directories");
    }
    for (String name : names) {
      requireName(name, text);
    }
  }

  private static void requireName(String name, String text) {
    if (isName(name)) {
      return;
    }
    String what =
        switch (name) {
          case "" -> "an empty name";
          case ".", ".." -> "the name '" + name + "'";
          default -> name.indexOf('\0') >= 0 ? "a NUL" : "a name of more than 255 bytes";
        };
    throw invalid(
        "path %s has %s".formatted(shown(text), what),
        "allowed are names of 1 to 255 bytes joined by '/', without '.', '..' and NUL");
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String shown(String text) {
    StringBuilder shown = new StringBuilder("'");
    text.codePoints()
        .limit(SHOWN)
        .forEach(c -> {
          int kind = Character.getType(c);
          if (kind == Character.CONTROL
              || kind == Character.FORMAT
              || kind == Character.SURROGATE
              || kind == Character.LINE_SEPARATOR
              || kind == Character.PARAGRAPH_SEPARATOR) {
            shown.append(String.format(Locale.ROOT, "\\u%04x", c));
          } else {
            shown.appendCodePoint(c);
          }
        });
    return shown.append(text.codePointCount(0, text.length()) > SHOWN ? "…'" : "'").toString();
  }

  private static SandboxException invalid(String what, String allowed) {
    return new SandboxException(ErrorCode.INVALID_REQUEST, what + "; " + allowed);
  }
}
