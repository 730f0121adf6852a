package dev.caisson.daemon.run;

import dev.caisson.daemon.model.OutputStreamName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a program prints that could be the path of a file in its workspace. It is not looked for in
 * the workspace as it passes: the file may come later than its name.
 *
 * <p>A path stands alone between spaces, quotes or brackets, relative to the workspace or with
 * {@code /workspace/} or {@code ./} in front. One with spaces is found in quotes, or when its last
 * word has a dot in it and it has at most {@value #WORDS} words.
 *
 * <p>Threads: any.
 */
final class PrintedPaths {

  /** Further ones are not noted; a program may print without end. */
  static final int NAMES = 1_000;

  /** What stands in one line behind this is looked at by itself. */
  static final int LINE_BYTES = 4_096;

  private static final int WORDS = 4;
  private static final int NAME_CHARACTERS = 255;

  private static final Pattern QUOTED = Pattern.compile("([\"'`])([^\"'`\n]{1,255})\\1");
  private static final Pattern WORD = Pattern.compile("[^\\s\"'`<>()\\[\\]{}|,;=]+");
  private static final Pattern SCHEME = Pattern.compile("^(file://)?/workspace/+|^(\\./+)+");
  private static final Pattern STOP = Pattern.compile("[.:!?]+$");

  private final Map<OutputStreamName, ByteArrayOutputStream> lines =
      new EnumMap<>(OutputStreamName.class);
  private final Set<String> names = new HashSet<>();

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
    for (Matcher quoted = QUOTED.matcher(text); quoted.find(); ) {
      note(quoted.group(2));
    }
    List<Integer> starts = new ArrayList<>();
    for (Matcher word = WORD.matcher(text); word.find(); ) {
      starts.add(word.start());
      note(word.group());
      if (word.group().indexOf('.') >= 0) {
        for (int back = 2; back <= WORDS && back <= starts.size(); back++) {
          note(text.substring(starts.get(starts.size() - back), word.end()));
        }
      }
    }
  }

  private void note(String found) {
    String path = SCHEME.matcher(found).replaceFirst("");
    noteAs(path);
    noteAs(STOP.matcher(path).replaceFirst(""));
  }

  private void noteAs(String path) {
    if (!path.isEmpty() && path.length() <= NAME_CHARACTERS && names.size() < NAMES) {
      names.add(path);
    }
  }
}
