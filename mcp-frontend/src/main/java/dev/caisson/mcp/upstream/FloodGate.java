package dev.caisson.mcp.upstream;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Slows down the thread that reads from a server which sends more of its own accord than anybody
 * could use. The server's pipe fills and it waits, also with its answers; nobody else does. For one
 * thread.
 */
final class FloodGate {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final int perSecond;
  private final LongSupplier nanoTime;
  private final Pause pause;
  private long windowStart;
  private int passed;

  /** Waits so many nanoseconds. */
  @FunctionalInterface
  interface Pause {
    void nanos(long nanos) throws InterruptedException;
  }

  FloodGate(int perSecond, LongSupplier nanoTime, Pause pause) {
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
    this.pause = pause;
    this.windowStart = nanoTime.getAsLong();
  }

  static FloodGate of(int perSecond) {
    return new FloodGate(perSecond, System::nanoTime, TimeUnit.NANOSECONDS::sleep);
  }

  /** Lets one pass, or waits for the next second when there were too many in this one. */
  void pass() throws InterruptedException {
    var now = nanoTime.getAsLong();
    if (now - windowStart >= SECOND) {
      windowStart = now;
      passed = 0;
    }
    if (passed == perSecond) {
      pause.nanos(windowStart + SECOND - now);
      windowStart = nanoTime.getAsLong();
      passed = 0;
    }
    passed++;
  }
}
