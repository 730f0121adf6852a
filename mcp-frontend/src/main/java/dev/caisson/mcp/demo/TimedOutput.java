package dev.caisson.mcp.demo;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Prints output with the time at which each line came. Called by the session's reading thread, and
 * at the end by the one that waited for the answer, which comes after all output.
 */
final class TimedOutput {

  private final PrintStream out;
  private final long begun;
  private final StringBuilder line = new StringBuilder();
  private int length;

  TimedOutput(PrintStream out, long begun) {
    this.out = out;
    this.begun = begun;
  }

  synchronized void add(String text) {
    length += text.length();
    line.append(text);
    for (var end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
      print(line.substring(0, end));
      line.delete(0, end + 1);
    }
  }

  synchronized void end() {
    if (!line.isEmpty()) {
      print(line.toString());
      line.setLength(0);
    }
  }

  /** How many characters came. */
  synchronized int length() {
    return length;
  }

  private void print(String text) {
    var millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    out.printf(Locale.ROOT, "  %5d ms  %s%n", millis, text);
  }
}
