package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.v1.Pool;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

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
    long end = System.nanoTime() + LONGEST.toNanos();
    while (!client.pools().getPoolsList().stream().allMatch(WarmPool::isQuiet)) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "the pool is not full after %s; `caisson status` shows it".formatted(LONGEST));
      }
      LockSupport.parkNanos(STEP.toNanos());
    }
  }

  private static boolean isQuiet(Pool pool) {
    return pool.getWarm() >= pool.getTarget()
        && pool.getCreating() == 0
        && pool.getLeased() == 0
        && pool.getDestroying() == 0;
  }
}
