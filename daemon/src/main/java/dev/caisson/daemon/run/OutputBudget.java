package dev.caisson.daemon.run;

import dev.caisson.daemon.model.ByteSize;

/**
 * Counts a run's output against its limit: what is over is dropped and counted, and far over ends
 * the run. One caller at a time: the channel's reader.
 */
final class OutputBudget {

  /** How many times its limit a program may write before it is stopped. */
  static final int PATIENCE = 10;

  private final ByteSize limit;
  private long written;
  private long delivered;

  OutputBudget(ByteSize limit) {
    this.limit = limit;
  }

  /** Takes a piece and says how many of its first bytes may be delivered. */
  int admit(int bytes) {
    written += bytes;
    int room = (int) Math.min(bytes, limit.bytes() - delivered);
    delivered += room;
    return room;
  }

  /** True once the program has written more than {@link #PATIENCE} times its limit. */
  boolean exhausted() {
    return written > hardLimit().bytes();
  }

  ByteSize hardLimit() {
    long hard =
        Math.multiplyHigh(limit.bytes(), PATIENCE) != 0 ? Long.MAX_VALUE : limit.bytes() * PATIENCE;
    return new ByteSize(hard < 0 ? Long.MAX_VALUE : hard);
  }

  long written() {
    return written;
  }

  long dropped() {
    return written - delivered;
  }
}
