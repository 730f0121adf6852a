package dev.caisson.client;

/**
 * What a terminal would have on its screen of a program's text: a carriage return goes back to the
 * beginning of the line, and what follows it overwrites. So of a progress bar that was drawn a
 * thousand times its last state is left. Windows line ends stay as they are.
 *
 * <p>Text comes out line by line; at most {@value #LONGEST_LINE} characters of an unfinished one
 * are held back, of a longer one nothing can be overwritten any more. Not thread-safe.
 */
public final class TerminalText {

  private static final int LONGEST_LINE = 16 * 1024;

  /** Erases from the cursor to the end of the line. */
  private static final String ERASE = "\u001b[K";

  private final StringBuilder line = new StringBuilder();
  private int cursor;

  /** The beginning of {@link #ERASE} at the end of a piece. */
  private String begun = "";

  private boolean returned;

  /** The text that is settled by this piece. */
  public String add(String more) {
    String piece = begun + more;
    int whole = piece.length() - begunAtEnd(piece);
    begun = piece.substring(whole);
    return addWhole(piece.substring(0, whole));
  }

  /** How many characters at the end may become an {@link #ERASE} with what follows them. */
  private static int begunAtEnd(String piece) {
    for (int length = ERASE.length() - 1; length > 0; length--) {
      if (piece.endsWith(ERASE.substring(0, length))) {
        return length;
      }
    }
    return 0;
  }

  private String addWhole(String piece) {
    StringBuilder settled = new StringBuilder(piece.length());
    int at = 0;
    while (at < piece.length()) {
      char next = piece.charAt(at);
      if (next == '\n') {
        endLine(settled);
        at++;
      } else if (next == '\r') {
        returned = true;
        at++;
      } else {
        at = write(piece, at);
        if (line.length() > LONGEST_LINE) {
          settle(settled);
        }
      }
    }
    return settled.toString();
  }

  /** What is left at the end of the text: a line without an end, or nothing. */
  public String finish() {
    StringBuilder settled = new StringBuilder(addWhole(begun));
    begun = "";
    settle(settled);
    returned = false;
    return settled.toString();
  }

  private void endLine(StringBuilder settled) {
    settle(settled);
    settled.append(returned ? "\r\n" : "\n");
    returned = false;
  }

  private void settle(StringBuilder settled) {
    settled.append(line);
    line.setLength(0);
    cursor = 0;
  }

  private int write(String piece, int at) {
    if (returned) {
      cursor = 0;
      returned = false;
    }
    if (cursor < line.length()) {
      return overwrite(piece, at);
    }
    int end = at;
    while (end < piece.length()
        && piece.charAt(end) != '\n'
        && piece.charAt(end) != '\r'
        && end - at < LONGEST_LINE) {
      end++;
    }
    line.append(piece, at, end);
    cursor = line.length();
    return end;
  }

  private int overwrite(String piece, int at) {
    if (piece.startsWith(ERASE, at)) {
      line.setLength(cursor);
      return at + ERASE.length();
    }
    int point = piece.codePointAt(at);
    int end = cursor + Character.charCount(line.codePointAt(cursor));
    if (end - cursor == 1 && Character.isBmpCodePoint(point)) {
      line.setCharAt(cursor, (char) point);
    } else {
      line.replace(cursor, end, Character.toString(point));
    }
    cursor += Character.charCount(point);
    return at + Character.charCount(point);
  }
}
