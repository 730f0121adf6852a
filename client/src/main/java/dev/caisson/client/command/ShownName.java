package dev.caisson.client.command;

import java.util.Locale;

/**
 * Names that code nobody trusts has chosen, as they may stand on a terminal: on one line, unmoved.
 */
final class ShownName {

  private ShownName() {}

  /** With {@code \}{@code uXXXX} for what is not printed, and {@code \\} for a backslash. */
  static String of(String name) {
    StringBuilder shown = new StringBuilder();
    name.codePoints()
        .forEach(c -> {
          switch (Character.getType(c)) {
            case Character.CONTROL,
                Character.FORMAT,
                Character.SURROGATE,
                Character.UNASSIGNED,
                Character.PRIVATE_USE,
                Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR ->
                shown.append(
                    c > 0xFFFF
                        ? String.format(Locale.ROOT, "\\U%08x", c)
                        : String.format(Locale.ROOT, "\\u%04x", c));
            default -> {
              if (c == '\\') {
                shown.append('\\');
              }
              shown.appendCodePoint(c);
            }
          }
        });
    return shown.toString();
  }
}
