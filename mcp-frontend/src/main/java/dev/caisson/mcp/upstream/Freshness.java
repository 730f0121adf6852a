package dev.caisson.mcp.upstream;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How long a list of tools may be used before it is read again, as its server says. A server that
 * says nothing, as in the older era, is believed until it tells of a change. Guarded by its owner.
 */
final class Freshness {

  /** However short a server wants it: a run must not cost a listing each time. */
  static final Duration SHORTEST = Duration.ofSeconds(5);

  private static final Duration LONGEST = Duration.ofDays(1);

  private final LongSupplier nanoTime;
  private Optional<Long> until = Optional.empty();

  Freshness(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The list was read now. */
  void renewed(Optional<Duration> timeToLive) {
    until = timeToLive.map(ttl -> nanoTime.getAsLong() + bounded(ttl).toNanos());
  }

  private static Duration bounded(Duration ttl) {
    if (ttl.compareTo(SHORTEST) < 0) {
      return SHORTEST;
    }
    return ttl.compareTo(LONGEST) > 0 ? LONGEST : ttl;
  }

  /** True once after the time has passed: whoever hears it reads the list again. */
  boolean isOver() {
    var over = until.filter(end -> nanoTime.getAsLong() - end >= 0).isPresent();
    if (over) {
      renewed(Optional.of(SHORTEST));
    }
    return over;
  }
}
