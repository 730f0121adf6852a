package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.channel.Lane;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.Rate;
import dev.caisson.daemon.model.Ticker;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds a run's output to a pace, by giving the sandbox the room of what it wrote back no faster.
 * Each byte is carried by the sandbox's kernel, the engine, the daemon and the client: a program
 * that writes as fast as it can keeps more processors busy than its sandbox may use, and whoever
 * runs beside it waits.
 *
 * <p>Threads: any may report. What is not due yet is given back on a thread of {@link Later}'s.
 */
final class OutputPace {

  /** Bytes a second that a caller gets. */
  static final long DELIVERED = 8 << 20;

  /** Bytes a second past the limit of output: they cost the same and nobody gets them. */
  static final long DROPPED = 4 << 20;

  /** What a piece costs beside its bytes, in bytes: tiny ones cost the most. */
  static final int PIECE = 1 << 10;

  /** For how long a quiet program saves up. Within it nothing waits and no timer is set. */
  static final Duration SAVED = Duration.ofMillis(10);

  /** The sandbox's room for output. */
  interface Room {
    void giveBack(Lane lane, int bytes);
  }

  /** Does something on another thread, which it may block. */
  interface Later {
    void run(Runnable task, Duration wait);
  }

  private final Room room;
  private final Later later;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Lane, Integer> owed = new EnumMap<>(Lane.class);

  @GuardedBy("lock")
  private final Rate rate;

  @GuardedBy("lock")
  private boolean giving;

  OutputPace(Room room, Later later, Ticker ticker) {
    this.room = room;
    this.later = later;
    this.ticker = ticker;
    this.rate = new Rate(new ByteSize(DELIVERED), SAVED, ticker.nanos());
  }

  /** So many bytes went on to the caller. May block, as giving room back does. */
  void delivered(Lane lane, int bytes) {
    Duration wait = owe(lane, bytes, 1);
    if (wait.isZero()) {
      giveBack();
    } else if (wait.isPositive()) {
      later.run(this::giveBack, wait);
    }
  }

  /** So many bytes were thrown away. Does not block. */
  void dropped(Lane lane, int bytes) {
    Duration wait = owe(lane, bytes, (int) (DELIVERED / DROPPED));
    if (!wait.isNegative()) {
      later.run(this::giveBack, wait);
    }
  }

  /**
   * How long to wait before all that is owed is given back; negative when another sees to it.
   *
   * @param times how many times its price a byte costs
   */
  private Duration owe(Lane lane, int bytes, int times) {
    lock.lock();
    try {
      long now = ticker.nanos();
      long due = rate.due(times * (bytes + PIECE), now);
      owed.merge(lane, bytes, Integer::sum);
      if (giving) {
        return Duration.ofNanos(-1);
      }
      giving = true;
      return Duration.ofNanos(Math.max(0, due - now));
    } finally {
      lock.unlock();
    }
  }

  private void giveBack() {
    Map<Lane, Integer> due;
    lock.lock();
    try {
      giving = false;
      due = new EnumMap<>(owed);
      owed.clear();
    } finally {
      lock.unlock();
    }
    due.forEach(room::giveBack);
  }
}
