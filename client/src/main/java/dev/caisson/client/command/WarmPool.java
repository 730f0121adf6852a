package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.v1.GetPoolResponse;
import dev.caisson.v1.Pool;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits until the daemon has nothing to do but wait for us: every pool is full and nothing is being
 * created or destroyed. Otherwise a measurement would share the processors with the refill that the
 * one before it caused.
 */
final class WarmPool {

  private static final Duration STEP = Duration.ofMillis(5);
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final CaissonClient client;

  WarmPool(CaissonClient client) {
    this.client = client;
  }

  void await() {
    awaitBeside(0, () -> false);
  }

  /** The same, beside runs that are meant to be there, and only until it has become pointless. */
  void awaitBeside(int runs, BooleanSupplier pointless) {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (!isQuiet(ask(), runs) && !pointless.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "the pool is not full after %s; `caisson status` shows it".formatted(LONGEST));
      }
      LockSupport.parkNanos(STEP.toNanos());
    }
  }

  /** Asks for the state of the pools, which costs the daemon next to nothing. */
  GetPoolResponse ask() {
    return client.pools();
  }

  private static boolean isQuiet(GetPoolResponse state, int runs) {
    return state.getPoolsList().stream().allMatch(WarmPool::isFull)
        && state.getPoolsList().stream().mapToInt(Pool::getLeased).sum() <= runs;
  }

  private static boolean isFull(Pool pool) {
    return pool.getWarm() >= pool.getTarget()
        && pool.getCreating() == 0
        && pool.getDestroying() == 0;
  }
}
