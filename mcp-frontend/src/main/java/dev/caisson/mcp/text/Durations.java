package dev.caisson.mcp.text;

import java.time.Duration;
import java.util.regex.Pattern;

/** Durations as people write them: a number with a unit, or seconds. */
public final class Durations {

  private static final Pattern FORM = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,6})?)\\s*(ms|s|m|h)?");

  private Durations() {}

  /** For example "500ms", "10s", "1.5m", "10" (seconds). */
  public static Duration parse(String text) {
    var match = FORM.matcher(text.strip());
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration; write for example 500ms, 10s or 2m");
    }
    var unit = match.group(2) == null ? "s" : match.group(2);
    var seconds =
        switch (unit) {
          case "ms" -> 0.001;
          case "m" -> 60.0;
          case "h" -> 3600.0;
          default -> 1.0;
        };
    return Duration.ofNanos(Math.round(Double.parseDouble(match.group(1)) * seconds * 1e9));
  }
}
