package dev.caisson.daemon.model;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How people write durations here: a whole number and one unit, "500ms", "10s", "5m", "1h". */
public final class DurationText {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,12})\\s?(ms|s|m|h)");

  private DurationText() {}

  /** Reads "10s". A bare number is refused: nobody knows what it counts. */
  public static Duration parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration; write a whole number and ms, s, m or h");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }

  /** Writes a duration in the largest unit that leaves nothing over; below a millisecond is cut. */
  public static String of(Duration duration) {
    long millis = duration.toMillis();
    if (millis != 0 && millis % 3_600_000 == 0) {
      return millis / 3_600_000 + "h";
    }
    if (millis != 0 && millis % 60_000 == 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }
}
