package dev.caisson.client.command;

import java.util.List;
import org.jline.reader.CompletingParsedLine;

/** The name before the cursor, with the dots and names that belong to it. */
record PythonWord(String line, int cursor, String word) implements CompletingParsedLine {

  static PythonWord at(String line, int cursor) {
    int start = cursor;
    while (start > 0 && belongs(line.charAt(start - 1))) {
      start--;
    }
    return new PythonWord(line, cursor, line.substring(start, cursor));
  }

  private static boolean belongs(char c) {
    return c == '.' || Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
  }

  /** Names need no quotes. */
  @Override
  public CharSequence escape(CharSequence candidate, boolean complete) {
    return candidate;
  }

  @Override
  public int rawWordCursor() {
    return wordCursor();
  }

  @Override
  public int rawWordLength() {
    return word.length();
  }

  @Override
  public int wordCursor() {
    return word.length();
  }

  @Override
  public int wordIndex() {
    return 0;
  }

  @Override
  public List<String> words() {
    return List.of(word);
  }
}
