package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.model.CpuMillis;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Notices when a run has used more CPU time than it may. Looks at the account only when the limit
 * could have been reached: a sandbox with two cores and a second left cannot be over before half a
 * second has passed. Most runs end before the first look.
 *
 * <p>Threads: looks on the timer's; {@link #start} and {@link #close} may come from any.
 */
final class CpuBudget implements AutoCloseable {

  /** Close to the limit it would look without a pause otherwise. What is over by then is small. */
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);

  private final Supplier<Duration> used;
  private final Duration limit;
  private final CpuMillis share;
  private final ScheduledExecutorService timer;
  private final Runnable over;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private Optional<Future<?>> nextLook = Optional.empty();

  @GuardedBy("lock")
  private boolean closed;

  /**
   * @param used what has been used so far; never blocks for long
   * @param share how much CPU the sandbox can take at most
   * @param over called once, on the timer's thread
   */
  CpuBudget(
      Supplier<Duration> used,
      Duration limit,
      CpuMillis share,
      ScheduledExecutorService timer,
      Runnable over) {
    this.used = used;
    this.limit = limit;
    this.share = share;
    this.timer = timer;
    this.over = over;
  }

  void start() {
    lookAfter(soonestOver(limit));
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      nextLook.ifPresent(look -> look.cancel(false));
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    Duration left = limit.minus(used.get());
    if (left.isNegative()) {
      over.run();
    } else {
      lookAfter(soonestOver(left));
    }
  }

  private Duration soonestOver(Duration left) {
    Duration soonest = left.multipliedBy(1000).dividedBy(share.value());
    return soonest.compareTo(SHORTEST_PAUSE) > 0 ? soonest : SHORTEST_PAUSE;
  }

  private void lookAfter(Duration pause) {
    lock.lock();
    try {
      if (!closed) {
        nextLook = Optional.of(timer.schedule(this::look, pause.toNanos(), TimeUnit.NANOSECONDS));
      }
    } finally {
      lock.unlock();
    }
  }
}
