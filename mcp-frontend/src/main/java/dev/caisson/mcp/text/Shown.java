package dev.caisson.mcp.text;

import java.util.Locale;

/** Sizes and foreign texts as they may stand in an answer. */
public final class Shown {

  private static final int HEAD = 24 * 1024;
  private static final int TAIL = 8 * 1024;

  private Shown() {}

  /** A text of any length: of a long one its beginning and its end, and how much is missing. */
  public static String bounded(String text) {
    var kept = new HeadAndTail(HEAD, TAIL);
    kept.append(text);
    return kept.text();
  }

  /** A number of bytes: "12 B", "3 KB". */
  public static String size(long bytes) {
    return bytes < 1_000 ? bytes + " B" : number((bytes + 500) / 1_000) + " KB";
  }

  /** With a comma after each three digits. */
  public static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /**
   * A name that code nobody trusts has chosen, on one line: with {@code \}{@code uXXXX} for what is
   * not printed, and {@code \\} for a backslash.
   */
  public static String name(String name) {
    var shown = new StringBuilder();
    name.codePoints()
        .forEach(point -> {
          switch (Character.getType(point)) {
            case Character.CONTROL,
                Character.FORMAT,
                Character.SURROGATE,
                Character.UNASSIGNED,
                Character.PRIVATE_USE,
                Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR ->
                shown.append(
                    point > 0xFFFF
                        ? String.format(Locale.ROOT, "\\U%08x", point)
                        : String.format(Locale.ROOT, "\\u%04x", point));
            default -> {
              if (point == '\\') {
                shown.append('\\');
              }
              shown.appendCodePoint(point);
            }
          }
        });
    return shown.toString();
  }
}
