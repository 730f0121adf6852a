package dev.caisson.daemon.egress;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.model.Rate;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.NetworkLimits;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Counts what one run carries over the network, and holds it to its limits: bytes in all, bytes a
 * second, connections in all, at once and in a second.
 *
 * <p>Threads: every connection of the run, on its own. Whoever is ahead of the rate waits here.
 */
final class Traffic {

  /** Questions of the shim for each connection that a run may open, and some to begin with. */
  private static final int QUESTIONS_EACH = 10;

  private static final int QUESTIONS_FREE = 1_000;

  /** A second's worth may go at once. */
  private static final Duration BURST = Duration.ofSeconds(1);

  private final NetworkLimits limits;
  private final SharedPace pace;
  private final Ticker ticker;
  private final Consumer<RunOutcome> stop;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private long bytes;

  @GuardedBy("lock")
  private final Rate rate;

  @GuardedBy("lock")
  private int inAll;

  @GuardedBy("lock")
  private int atOnce;

  @GuardedBy("lock")
  private int questions;

  @GuardedBy("lock")
  private boolean closed;

  Traffic(NetworkLimits limits, SharedPace pace, Ticker ticker, Consumer<RunOutcome> stop) {
    this.limits = limits;
    this.pace = pace;
    this.ticker = ticker;
    this.stop = stop;
    this.rate = new Rate(limits.rate(), BURST, ticker.nanos());
  }

  /**
   * Waits until one more connection may be served, as long as other runs need the daemon too.
   *
   * @throws IOException when the run is over
   */
  void awaitPace() throws IOException, InterruptedException {
    lock.lock();
    try {
      while (!closed && !pace.pass()) {
        changed.awaitNanos(pace.untilNext().toNanos());
      }
      if (closed) {
        throw new EOFException("the run is over");
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes a place for one more connection, or says which limit has none; ends the run past all. */
  Optional<String> open() {
    lock.lock();
    try {
      inAll++;
      if (inAll <= limits.connectionsInAll() && atOnce < limits.connections()) {
        atOnce++;
        return Optional.empty();
      }
      if (inAll <= limits.connectionsInAll()) {
        return Optional.of(
            "more than %d connections at once (network.connections)"
                .formatted(limits.connections()));
      }
    } finally {
      lock.unlock();
    }
    return Optional.of(
        exceeded(
            "network.connections_total",
            "more than %d connections".formatted(limits.connectionsInAll())));
  }

  /** Gives the place back. */
  void closed() {
    lock.lock();
    try {
      atOnce--;
    } finally {
      lock.unlock();
    }
  }

  /** Counts one question of the shim. */
  Optional<String> asked() {
    long most = QUESTIONS_FREE + (long) QUESTIONS_EACH * limits.connectionsInAll();
    lock.lock();
    try {
      questions++;
      if (questions <= most) {
        return Optional.empty();
      }
    } finally {
      lock.unlock();
    }
    return Optional.of(
        exceeded(
            "network.connections_total", "more than %d questions about hosts".formatted(most)));
  }

  /**
   * Counts bytes that are about to be carried, and waits until the rate has room for them.
   *
   * @throws IOException when they are more than the run may carry, or the run is over
   */
  void carry(int count) throws IOException {
    lock.lock();
    try {
      bytes += count;
      if (bytes <= limits.bytes().bytes()) {
        pay(count);
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } finally {
      lock.unlock();
    }
    throw new IOException(
        exceeded("network.bytes", "more than %s over the network".formatted(limits.bytes())));
  }

  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /** Frees everybody who waits. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void pay(int count) throws InterruptedException, EOFException {
    long due = rate.due(count, ticker.nanos());
    long wait = due - ticker.nanos();
    while (wait > 0 && !closed) {
      changed.awaitNanos(wait);
      wait = due - ticker.nanos();
    }
    if (closed) {
      throw new EOFException("the run is over");
    }
  }

  private String exceeded(String limit, String what) {
    String message = "the program used %s (%s)".formatted(what, limit);
    stop.accept(new RunOutcome.LimitExceeded(limit, message));
    return message;
  }
}
