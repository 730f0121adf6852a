package dev.caisson.daemon.run;

import dev.caisson.daemon.model.OutputStreamName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a program prints that could be the path of a file in its workspace. It is not looked for in
 * the workspace as it passes: the file may come later than its name.
 *
 * <p>A path stands alone between spaces, quotes or brackets, relative to the workspace or with
 * {@code /workspace/} or {@code ./} in front. One with spaces is found in quotes, or when its last
 * word has an ending and it has at most {@value #WORDS} words. Each byte is looked at a few times,
 * whatever it is: the program chooses them, and the thread that reads the sandbox is here.
 *
 * <p>Threads: any.
 */
final class PrintedPaths {

  /** As many are kept, the last ones: what was made is told at the end. */
  static final int NAMES = 1_000;

  /** What stands in one line behind this is looked at by itself. */
  static final int LINE_BYTES = 4_096;

  private static final int WORDS = 4;
  private static final int NAME_CHARACTERS = 255;
  private static final String SCHEME = "file://";
  private static final String WORKSPACE = "/workspace/";
  private static final String QUOTES = "\"'`";
  private static final String BRACKETS = "<>()[]{}|,;=";
  private static final String STOPS = ".:!?";

  private final Map<OutputStreamName, ByteArrayOutputStream> lines =
      new EnumMap<>(OutputStreamName.class);
  private final Set<String> names = new LinkedHashSet<>();

  /** Takes a piece of output as it comes. */
  synchronized void add(OutputStreamName stream, byte[] piece) {
    ByteArrayOutputStream line =
        lines.computeIfAbsent(stream, unused -> new ByteArrayOutputStream());
    for (byte one : piece) {
      if (one == '\n' || line.size() == LINE_BYTES) {
        look(line);
      }
      if (one != '\n') {
        line.write(one);
      }
    }
  }

  /** Whether anything was printed that could be a path. */
  synchronized boolean hasNames() {
    lines.values().forEach(this::look);
    return !names.isEmpty();
  }

  /** Whether the output, which is at its end, has named this file. */
  synchronized boolean name(String path) {
    lines.values().forEach(this::look);
    return names.contains(path);
  }

  private void look(ByteArrayOutputStream line) {
    String text = line.toString(StandardCharsets.UTF_8);
    line.reset();
    lookAtQuotes(text);
    lookAtWords(text);
  }

  private void lookAtQuotes(String text) {
    int opening = -1;
    for (int i = 0; i < text.length(); i++) {
      if (QUOTES.indexOf(text.charAt(i)) >= 0) {
        if (opening >= 0 && text.charAt(opening) == text.charAt(i)) {
          note(text, opening + 1, i);
        }
        opening = i;
      }
    }
  }

  private void lookAtWords(String text) {
    int[] starts = new int[WORDS]; // of the last words, in turn
    int words = 0;
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean between = i == text.length() || isBetweenWords(text.charAt(i));
      if (!between && start < 0) {
        start = i;
      } else if (between && start >= 0) {
        starts[words++ % WORDS] = start;
        note(text, start, i);
        if (hasEnding(text, start, i)) {
          for (int back = 2; back <= Math.min(WORDS, words); back++) {
            note(text, starts[(words - back) % WORDS], i);
          }
        }
        start = -1;
      }
    }
  }

  private static boolean isBetweenWords(char c) {
    return Character.isWhitespace(c) || QUOTES.indexOf(c) >= 0 || BRACKETS.indexOf(c) >= 0;
  }

  /** Numbers have a dot, too; tables are full of them. */
  private static boolean hasEnding(String text, int start, int end) {
    // Not `lastIndexOf`, which would look at the whole line for each of its words.
    for (int dot = end - 2; dot >= start; dot--) {
      if (text.charAt(dot) == '.') {
        return Character.isLetter(text.charAt(dot + 1));
      }
    }
    return false;
  }

  private void note(String text, int from, int to) {
    if (to - from > NAME_CHARACTERS + SCHEME.length() + WORKSPACE.length()) {
      return;
    }
    String path = withoutPlace(text.substring(from, to));
    noteAs(path);
    int end = path.length();
    while (end > 0 && STOPS.indexOf(path.charAt(end - 1)) >= 0) {
      end--;
    }
    noteAs(path.substring(0, end));
  }

  private static String withoutPlace(String path) {
    String local = path.startsWith(SCHEME) ? path.substring(SCHEME.length()) : path;
    if (local.startsWith(WORKSPACE)) {
      return local.substring(WORKSPACE.length());
    }
    int start = 0;
    while (path.startsWith("./", start)) {
      start += 2;
    }
    return path.substring(start);
  }

  private void noteAs(String path) {
    if (path.isEmpty() || path.length() > NAME_CHARACTERS) {
      return;
    }
    names.remove(path);
    names.add(path);
    if (names.size() > NAMES) {
      names.remove(names.iterator().next());
    }
  }
}
