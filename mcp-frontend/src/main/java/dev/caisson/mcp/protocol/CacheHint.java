package dev.caisson.mcp.protocol;

import java.time.Duration;
import java.util.Map;

/**
 * How long and for whom a client of revision 2026-07-28 may keep a result. A hint: what it was made
 * of may change before.
 *
 * @param freshFor not negative; zero says that it is asked for anew each time
 */
public record CacheHint(Duration freshFor, Scope scope) {

  /** Who may be given a kept result. */
  public enum Scope {
    /** Anybody: nothing in it is of one caller. */
    PUBLIC("public"),
    /** Whoever asks with the same authority. */
    PRIVATE("private");

    private final String onTheWire;

    Scope(String onTheWire) {
      this.onTheWire = onTheWire;
    }
  }

  /** For results that may be others the next moment, and are one caller's. */
  public static final CacheHint NEVER = new CacheHint(Duration.ZERO, Scope.PRIVATE);

  public CacheHint {
    if (freshFor.isNegative()) {
      throw new IllegalArgumentException("a result is fresh for " + freshFor);
    }
  }

  void addTo(Map<String, Object> result) {
    result.putIfAbsent("ttlMs", freshFor.toMillis());
    result.putIfAbsent("cacheScope", scope.onTheWire);
  }
}
