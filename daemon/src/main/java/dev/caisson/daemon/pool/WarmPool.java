package dev.caisson.daemon.pool;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.pool.PoolLedger.State;
import dev.caisson.daemon.runtime.RunningSandbox;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The idle sandboxes of one shape and all that is known of the others: how many are being created,
 * which are leased, who waits. Does no work of its own: {@link PoolFiller} creates, {@link
 * PoolHealth} asks for signs of life, {@link PoolDestroyer} destroys, each on threads of its own,
 * and all tell the pool.
 *
 * <p>A claim takes a warm sandbox in memory. When there is none it waits for whichever is ready
 * first, and its waiting makes the filler create one more. Claims are served in the order they
 * came.
 *
 * <p>Threads: safe for use by many. One lock guards all fields; under it only fields are touched,
 * never a sandbox, the runtime or a caller's code.
 */
final class WarmPool<W extends WarmSandbox> {

  /** How many pauses a refill is put off at most, however many claims come. */
  private static final int MOST_PAUSES = 10;

  private record Idle<W>(W sandbox, long seenAlive) {}

  /** One claim that waits; {@code given} is set when its turn has come. */
  private static final class Waiter<W> {
    private final Condition served;
    private @Nullable W given;

    Waiter(Condition served) {
      this.served = served;
    }
  }

  private final SandboxShape shape;
  private final PoolConfig config;
  private final Ticker ticker;
  private final PoolDestroyer destroyer;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PoolLedger ledger = new PoolLedger();
  private final Deque<Idle<W>> idle = new ArrayDeque<>();
  private final Deque<Waiter<W>> waiters = new ArrayDeque<>();
  private final Set<Lease<W>> leases = new HashSet<>();
  private int failuresInARow;
  private long failedAt;
  private boolean wasFull;

  /** Since when the pool is short of sandboxes that nobody has begun to create. */
  private OptionalLong shortSince = OptionalLong.empty();

  private long claimedAt;

  private boolean closing;

  private int target;

  WarmPool(
      SandboxShape shape, int target, PoolConfig config, Ticker ticker, PoolDestroyer destroyer) {
    requireRange(target, config);
    this.shape = shape;
    this.target = target;
    this.config = config;
    this.ticker = ticker;
    this.destroyer = destroyer;
    this.wasFull = target == 0;
  }

  SandboxShape shape() {
    return shape;
  }

  /** As {@link WarmPools#claim}. One that is found dead is destroyed and the next is taken. */
  Lease<W> claim(Deadline deadline) {
    Lease.Origin origin = Lease.Origin.WARM;
    while (true) {
      Optional<W> taken = takeIdle();
      if (taken.isEmpty()) {
        origin = Lease.Origin.COLD;
        taken = Optional.of(awaitTurn(deadline));
      }
      // Asked outside the lock: it is the channel's word, not ours.
      if (taken.get().alive()) {
        return lease(taken.get(), origin);
      }
      retire(taken.get(), State.LEASED, Departure.FOUND_DEAD);
    }
  }

  PoolStats stats() {
    return locked(() -> ledger.stats(shape, target, waiters.size()));
  }

  boolean awaitFirstFill(Deadline deadline) {
    return awaitChange(() -> wasFull, deadline);
  }

  /** Called by a lease, once. */
  void end(Lease<W> lease, Departure reason) {
    locked(() -> leases.remove(lease));
    retire(lease.sandbox(), State.LEASED, reason);
  }

  // What the filler says and asks.

  /**
   * Waits until one more is wanted and reserves its place. False when the pool closes. After a
   * failed creation it waits, twice as long after each further one.
   */
  boolean reserve() {
    return locked(() -> {
      while (!closing) {
        long pause = Math.max(backoffNanos(), refillPauseNanos());
        if (!wantsMore()) {
          shortSince = OptionalLong.empty();
          changed.awaitUninterruptibly();
        } else if (pause > 0) {
          awaitChangedFor(pause);
        } else {
          ledger.reserve();
          return true;
        }
      }
      return false;
    });
  }

  /** One that was reserved is ready. */
  void created(W sandbox) {
    changing(() -> {
      failuresInARow = 0;
      ledger.creationSucceeded();
    });
    offer(sandbox, State.CREATING);
  }

  /** One that was reserved could not be created; nothing of it exists. */
  void creationFailed(String why) {
    changing(() -> {
      noteFailure(why);
      ledger.depart(State.CREATING, Departure.CREATION_FAILED);
      ledger.destroyed();
    });
  }

  /** One that was reserved exists and did not become ready. */
  void neverReady(RunningSandbox sandbox, String why) {
    changing(() -> {
      noteFailure(why);
      ledger.depart(State.CREATING, Departure.NEVER_READY);
    });
    destroy(sandbox);
  }

  // What the health check says and asks.

  /**
   * Waits for a sandbox that nobody has heard of for too long, and takes it from those that can be
   * claimed; it still counts as warm. Empty when the pool closes.
   */
  Optional<W> takeUnheard() {
    return locked(() -> {
      while (!closing) {
        Idle<W> oldest = idle.peek();
        if (oldest == null) {
          changed.awaitUninterruptibly();
          continue;
        }
        long due = oldest.seenAlive() + config.pingInterval().toNanos() - ticker.nanos();
        if (due <= 0) {
          return Optional.of(idle.remove().sandbox());
        }
        awaitChangedFor(due);
      }
      return Optional.empty();
    });
  }

  void heard(W sandbox) {
    offer(sandbox, State.WARM);
  }

  void unheard(W sandbox) {
    retire(sandbox, State.WARM, Departure.HEALTH_CHECK);
  }

  /** Keeps another number warm; what is too many of those that idle is destroyed. */
  void retarget(int number) {
    requireRange(number, config);
    List<W> surplus =
        locked(() -> {
          target = number;
          List<W> gone = new ArrayList<>();
          while (idle.size() > number) {
            gone.add(idle.removeLast().sandbox());
          }
          changed.signalAll();
          return gone;
        });
    surplus.forEach(sandbox -> retire(sandbox, State.WARM, Departure.SURPLUS));
  }

  private static void requireRange(int target, PoolConfig config) {
    if (target < 0 || target > config.maximumLive()) {
      throw new IllegalArgumentException(
          "a pool keeps 0 to %d warm, got %d".formatted(config.maximumLive(), target));
    }
  }

  // The end.

  void drain() {
    List<W> drained =
        locked(() -> {
          closing = true;
          List<W> all = idle.stream().map(Idle::sandbox).toList();
          idle.clear();
          waiters.forEach(waiter -> waiter.served.signal());
          changed.signalAll();
          return all;
        });
    drained.forEach(sandbox -> retire(sandbox, State.WARM, Departure.DRAINED));
  }

  boolean awaitLeasesEnded(Deadline deadline) {
    return awaitChange(() -> ledger.count(State.LEASED) == 0, deadline);
  }

  /** Drains and ends every lease. */
  void cut() {
    drain();
    locked(() -> List.copyOf(leases)).forEach(lease -> lease.close(Departure.DRAINED));
  }

  boolean awaitEmpty(Deadline deadline) {
    return awaitChange(() -> ledger.live() == 0, deadline);
  }

  void wake() {
    changing(() -> {});
  }

  private boolean wantsMore() {
    int coming = ledger.count(State.WARM) + ledger.count(State.CREATING);
    return coming < target + waiters.size() && ledger.live() < config.maximumLive();
  }

  private long backoffNanos() {
    if (failuresInARow == 0) {
      return 0;
    }
    Duration pause = config.shortestBackoff().multipliedBy(1L << Math.min(failuresInARow - 1, 16));
    Duration longest = config.longestBackoff();
    Duration bounded = pause.compareTo(longest) < 0 ? pause : longest;
    return failedAt + bounded.toNanos() - ticker.nanos();
  }

  /**
   * Each claim begins the pause anew, because its run is the one to be left alone; but the whole is
   * counted from the first claim that is not made up for, so that a stream of claims cannot put off
   * the refill for ever.
   */
  private long refillPauseNanos() {
    boolean halfWarm = 2 * idle.size() >= target && !idle.isEmpty();
    if (shortSince.isEmpty() || !halfWarm || !waiters.isEmpty()) {
      return 0;
    }
    long pause = config.refillPause().toNanos();
    long sinceClaim = claimedAt + pause;
    long sinceShort = shortSince.getAsLong() + MOST_PAUSES * pause;
    return Math.min(sinceClaim, sinceShort) - ticker.nanos();
  }

  private void noteFailure(String why) {
    failuresInARow++;
    failedAt = ticker.nanos();
    ledger.creationFailed(why);
  }

  private Optional<W> takeIdle() {
    return locked(() -> {
      requireOpen();
      if (idle.isEmpty()) {
        return Optional.<W>empty();
      }
      // The one that has been quiet longest: the engine may still be busy with one just started.
      W sandbox = idle.removeFirst().sandbox();
      ledger.move(State.WARM, State.LEASED);
      claimedAt = ticker.nanos();
      if (shortSince.isEmpty()) {
        shortSince = OptionalLong.of(claimedAt);
      }
      changed.signalAll();
      return Optional.of(sandbox);
    });
  }

  private W awaitTurn(Deadline deadline) {
    return locked(() -> {
      Waiter<W> waiter = new Waiter<>(lock.newCondition());
      waiters.add(waiter);
      try {
        serve();
        changed.signalAll();
        return awaitGiven(waiter, deadline);
      } finally {
        waiters.remove(waiter);
      }
    });
  }

  /** Whatever ends the wait, a sandbox that was given by then is taken: it is nobody else's. */
  private W awaitGiven(Waiter<W> waiter, Deadline deadline) {
    while (waiter.given == null) {
      requireOpen();
      if (deadline.passed()) {
        throw none();
      }
      try {
        waiter.served.awaitNanos(deadline.remaining().toNanos());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        if (waiter.given == null) {
          throw new SandboxException(
              ErrorCode.NO_SANDBOX_AVAILABLE, "interrupted while waiting for a sandbox", e);
        }
      }
    }
    return waiter.given;
  }

  /** Gives idle sandboxes to those who wait, the first first. Under the lock. */
  private void serve() {
    while (!waiters.isEmpty() && !idle.isEmpty()) {
      Waiter<W> first = waiters.remove();
      first.given = idle.removeLast().sandbox();
      ledger.move(State.WARM, State.LEASED);
      first.served.signal();
    }
  }

  private void offer(W sandbox, State from) {
    Optional<Departure> refused =
        locked(() -> {
          if (closing) {
            return Optional.of(Departure.DRAINED);
          }
          if (waiters.isEmpty() && idle.size() >= target) {
            return Optional.of(Departure.SURPLUS);
          }
          ledger.move(from, State.WARM);
          idle.add(new Idle<>(sandbox, ticker.nanos()));
          serve();
          wasFull |= idle.size() >= target;
          changed.signalAll();
          return Optional.empty();
        });
    refused.ifPresent(reason -> retire(sandbox, from, reason));
  }

  private Lease<W> lease(W sandbox, Lease.Origin origin) {
    Lease<W> lease = new Lease<>(this, sandbox, origin);
    boolean open =
        locked(() -> {
          leases.add(lease);
          return !closing;
        });
    if (!open) {
      lease.close(Departure.DRAINED);
      throw closed();
    }
    return lease;
  }

  private void retire(W sandbox, State from, Departure reason) {
    changing(() -> ledger.depart(from, reason));
    destroy(sandbox.sandbox());
  }

  private void destroy(RunningSandbox sandbox) {
    destroyer.destroy(
        sandbox, () -> changing(ledger::destroyed), () -> changing(ledger::destructionFailed));
  }

  private boolean awaitChange(BooleanSupplier reached, Deadline deadline) {
    return locked(() -> {
      while (!reached.getAsBoolean()) {
        if (deadline.passed() || Thread.currentThread().isInterrupted()) {
          return false;
        }
        awaitChangedFor(deadline.remaining().toNanos());
      }
      return true;
    });
  }

  /** Gives up the lock until something changes or the time is over. Keeps an interrupt. */
  @SuppressWarnings("WaitNotInLoop") // Its callers loop over their condition.
  private void awaitChangedFor(long nanos) {
    try {
      changed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireOpen() {
    if (closing) {
      throw closed();
    }
  }

  private static SandboxException closed() {
    return new SandboxException(ErrorCode.SHUTTING_DOWN, "the daemon is shutting down");
  }

  private SandboxException none() {
    return new SandboxException(
        ErrorCode.NO_SANDBOX_AVAILABLE,
        "no sandbox was ready in time: %d are leased of at most %d%s"
            .formatted(
                ledger.count(State.LEASED),
                config.maximumLive(),
                ledger.lastError().map(why -> "; creating one failed: " + why).orElse("")));
  }

  private void changing(Runnable action) {
    lock.lock();
    try {
      action.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }
}
