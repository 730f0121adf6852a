package dev.caisson.client.command;

import dev.caisson.client.Utf8Pieces;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Output of code nobody trusts, as it may stand on a person's terminal. Of its control sequences
 * colours, the erasing of a line, carriage returns, backspaces and tabs stay, which progress bars
 * need; every other is shown and not obeyed, because it could move what stands there, fill the
 * clipboard, or make the terminal type. Keep one for each stream. Not thread-safe.
 */
final class HarmlessText {

  private static final String BEGINNING = "\u001b(\\[[0-9;:]{0,32}";
  private static final Pattern SEQUENCE = Pattern.compile(BEGINNING + "[mK])");

  /** What more text may make a harmless sequence of. */
  private static final Pattern BEGUN = Pattern.compile(BEGINNING + ")?\\z");

  private final Utf8Pieces pieces = new Utf8Pieces();
  private String begun = "";

  /** The text of these bytes, without an unfinished character or sequence at its end. */
  String add(byte[] bytes) {
    String all = begun + pieces.decode(bytes);
    Matcher tail = BEGUN.matcher(all);
    int end = tail.find() ? tail.start() : all.length();
    begun = all.substring(end);
    return shown(all.substring(0, end));
  }

  /** What still waited. */
  String finish() {
    String left = begun + pieces.finish();
    begun = "";
    return shown(left);
  }

  private static String shown(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    Matcher sequence = SEQUENCE.matcher(text);
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      if (c == '\u001b' && sequence.region(at, text.length()).lookingAt()) {
        shown.append(sequence.group());
        at = sequence.end();
      } else {
        shown.append(moves(c) ? visible(c) : Character.toString(c));
        at += Character.charCount(c);
      }
    }
    return shown.toString();
  }

  /** Controls, and what turns the direction of the text around it. */
  private static boolean moves(int c) {
    return switch (c) {
      case '\n', '\r', '\t', '\b' -> false;
      default ->
          Character.isISOControl(c) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    };
  }

  private static String visible(int c) {
    return String.format(Locale.ROOT, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
  }
}
