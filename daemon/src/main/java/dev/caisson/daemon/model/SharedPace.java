package dev.caisson.daemon.model;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * Holds what a run asks of the daemon to its share while other runs are going on. Whatever it is,
 * the sandbox, the engine, the daemon and the client carry it: a program that asks as fast as it
 * can keeps every processor busy, however few its sandbox may use, and a run that begins beside it
 * waits. A run that is alone is never held.
 *
 * <p>Any thread. Waits for nothing: whoever is held comes again after {@link #untilNext}.
 */
public final class SharedPace {

  /** For how long a quiet program saves up. */
  static final Duration SAVED = Duration.ofMillis(10);

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final IntSupplier runs;
  private final long together;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();

  /** Until when everything that passed is paid for. */
  @GuardedBy("lock")
  private long paidUntil;

  /**
   * @param together how many may pass each second, of all runs that share; at least 1
   * @param runs how many runs are going on, this one included
   */
  public SharedPace(long together, IntSupplier runs, Ticker ticker) {
    this.together = together;
    this.runs = runs;
    this.ticker = ticker;
    this.paidUntil = ticker.nanos() - SAVED.toNanos();
  }

  /** Whether one more may pass now, which counts it. */
  public boolean pass() {
    int sharing = runs.getAsInt();
    if (sharing < 2) {
      return true;
    }
    long price = SECOND * sharing / together;
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

  /** How long until the next may pass; not negative. */
  public Duration untilNext() {
    lock.lock();
    try {
      return Duration.ofNanos(Math.max(0, paidUntil - ticker.nanos()));
    } finally {
      lock.unlock();
    }
  }
}
