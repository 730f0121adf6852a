package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.model.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * Holds a run's tool calls to its share of the daemon while other runs are going on. A call is
 * carried by the sandbox, the engine, the daemon and the client: a program that makes them as fast
 * as it can keeps every processor busy, however few its sandbox may use, and a run that begins
 * beside it waits. A run that is alone is never held.
 *
 * <p>Any thread. Waits for nothing: whoever is held comes again after {@link #untilNext}.
 */
final class CallPace {

  /**
   * Calls a second that each processor of the daemon's carries for all runs together while there
   * are several: about two thirds of what it could, so that there is room for those who begin.
   */
  static final int EACH_PROCESSOR = 1_000;

  /** For how long a quiet program saves up. */
  static final Duration SAVED = Duration.ofMillis(10);

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final IntSupplier runs;
  private final int processors;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();

  /** Until when every call that went is paid for. */
  @GuardedBy("lock")
  private long paidUntil;

  /**
   * @param runs how many runs are going on, this one included
   */
  CallPace(IntSupplier runs, int processors, Ticker ticker) {
    this.runs = runs;
    this.processors = processors;
    this.ticker = ticker;
    this.paidUntil = ticker.nanos() - SAVED.toNanos();
  }

  /** Whether one more call may go now, which counts it. */
  boolean pass() {
    int sharing = runs.getAsInt();
    if (sharing < 2) {
      return true;
    }
    long price = SECOND * sharing / ((long) EACH_PROCESSOR * processors);
    long now = ticker.nanos();
    lock.lock();
    try {
      if (paidUntil - now > 0) {
        return false;
      }
      paidUntil = Math.max(paidUntil, now - SAVED.toNanos()) + price;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** How long until the next call may go; not negative. */
  Duration untilNext() {
    lock.lock();
    try {
      return Duration.ofNanos(Math.max(0, paidUntil - ticker.nanos()));
    } finally {
      lock.unlock();
    }
  }
}
