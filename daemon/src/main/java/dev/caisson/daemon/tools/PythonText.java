package dev.caisson.daemon.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Writes text that others wrote into Python source. The only place where such text meets source, so
 * that there is one place to look at: it becomes a literal or a docstring and cannot end either.
 */
final class PythonText {

  private static final String TABULATOR = "    ";

  private PythonText() {}

  /** A string literal in double quotes, one line, printable characters only. */
  static String literal(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints().forEach(c -> appendEscaped(out, c));
    return out.append('"').toString();
  }

  private static void appendEscaped(StringBuilder out, int c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c == ' ' || isVisible(c)) {
          out.appendCodePoint(c);
        } else if (c < 0x100) {
          out.append("\\x%02x".formatted(c));
        } else if (c < 0x10000) {
          out.append("\\u%04x".formatted(c));
        } else {
          out.append("\\U%08x".formatted(c));
        }
      }
    }
  }

  /** A JSON value as a Python expression: True, None, nested lists and dicts. */
  static String literal(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> literal(value.asString());
      case BOOLEAN -> value.booleanValue() ? "True" : "False";
      case NUMBER -> value.toString();
      case ARRAY ->
          value.valueStream().map(PythonText::literal).collect(Collectors.joining(", ", "[", "]"));
      case OBJECT ->
          value
              .propertyStream()
              .map((Map.Entry<String, JsonNode> e) ->
                  literal(e.getKey()) + ": " + literal(e.getValue()))
              .collect(Collectors.joining(", ", "{", "}"));
      case NULL, MISSING, BINARY, POJO -> "None";
    };
  }

  /**
   * Documentation as people shall read it: lines without trailing blanks, common indentation gone
   * (as Python's inspect.cleandoc does, so that what is rendered reads back the same), and nothing
   * invisible: control and formatting characters can hide text from a reader.
   */
  static String prose(String text) {
    StringBuilder visible = new StringBuilder();
    text.replace("\r\n", "\n")
        .codePoints()
        .forEach(c -> {
          if (c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029) {
            visible.append('\n');
          } else if (c == '\t') {
            visible.append(TABULATOR);
          } else if (isVisible(c)) {
            visible.appendCodePoint(c);
          } else if (Character.isSpaceChar(c) || Character.isISOControl(c)) {
            visible.append(' ');
          }
        });
    List<String> lines =
        new ArrayList<>(visible.toString().lines().map(String::stripTrailing).toList());
    int margin =
        lines.stream()
            .skip(1)
            .filter(line -> !line.isEmpty())
            .mapToInt(line -> line.length() - line.stripLeading().length())
            .min()
            .orElse(0);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      lines.set(i, i == 0 ? line.stripLeading() : line.substring(Math.min(margin, line.length())));
    }
    while (!lines.isEmpty() && lines.getLast().isEmpty()) {
      lines.removeLast();
    }
    while (!lines.isEmpty() && lines.getFirst().isEmpty()) {
      lines.removeFirst();
      return prose(String.join("\n", lines));
    }
    return String.join("\n", lines);
  }

  /** Prose on one line. */
  static String line(String text) {
    return prose(text).replaceAll("\\s+", " ").strip();
  }

  /** The first sentence, or the first 200 characters when it does not end before. */
  static String firstSentence(String text) {
    String prose = prose(text);
    int paragraph = prose.indexOf("\n\n");
    String line = line(paragraph < 0 ? prose : prose.substring(0, paragraph));
    for (int i = 0; i < line.length(); i++) {
      boolean stop = ".!?。！？".indexOf(line.charAt(i)) >= 0;
      boolean wide = "。！？".indexOf(line.charAt(i)) >= 0;
      if (stop && (wide || i + 1 == line.length() || line.charAt(i + 1) == ' ')) {
        if (i < 200) {
          return line.substring(0, i + 1);
        }
        break;
      }
    }
    return cut(line, 200);
  }

  /** At most {@code most} characters, with a sign when something is missing. */
  static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text.substring(0, end) + "…";
  }

  /** Prose as a docstring, its lines indented, with the quotes. */
  static String docstring(String prose, String indent) {
    String escaped = escapedQuotes(prose.replace("\\", "\\\\"));
    List<String> lines = escaped.lines().toList();
    if (lines.size() <= 1) {
      return indent + "\"\"\"" + escaped + "\"\"\"\n";
    }
    StringBuilder out = new StringBuilder(indent).append("\"\"\"");
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      out.append(i == 0 || line.isEmpty() ? "" : indent).append(line).append('\n');
    }
    return out.append(indent).append("\"\"\"\n").toString();
  }

  /** Quotes next to each other or at the end would end the docstring; one alone may stay. */
  private static String escapedQuotes(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean last = i + 1 == text.length();
      boolean near = (i > 0 && text.charAt(i - 1) == '"') || (!last && text.charAt(i + 1) == '"');
      out.append(c == '"' && (last || near) ? "\\\"" : c);
    }
    return out.toString();
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
