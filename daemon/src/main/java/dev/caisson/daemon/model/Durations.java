package dev.caisson.daemon.model;

import java.math.BigDecimal;
import java.time.Duration;

/** Durations as people write them. */
public final class Durations {

  private Durations() {}

  /** "2 s", "500 ms", "1.5 s". */
  public static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1_000) {
      return millis + " ms";
    }
    return BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString() + " s";
  }
}
