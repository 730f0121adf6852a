package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.Deadline;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks idle sandboxes for a sign of life, so that a claim seldom finds a dead one.
 *
 * <p>Threads: one virtual thread for each pool, one sandbox at a time. While it is asked a sandbox
 * cannot be claimed.
 */
final class PoolHealth<W extends WarmSandbox> {

  private static final Logger LOG = LoggerFactory.getLogger(PoolHealth.class);

  private final WarmPool<W> pool;
  private final PoolConfig config;

  PoolHealth(WarmPool<W> pool, PoolConfig config) {
    this.pool = pool;
    this.config = config;
  }

  /** Begins. Ends when the pool closes. */
  void start() {
    Thread.ofVirtual().name("pool-health").start(this::check);
  }

  private void check() {
    for (Optional<W> next = pool.takeUnheard(); next.isPresent(); next = pool.takeUnheard()) {
      W sandbox = next.get();
      if (answers(sandbox)) {
        pool.heard(sandbox);
      } else {
        pool.unheard(sandbox);
      }
    }
  }

  private boolean answers(W sandbox) {
    try {
      sandbox.ping(Deadline.after(config.pingTimeout()));
      return sandbox.alive();
    } catch (RuntimeException e) {
      LOG.warn(
          "Idle sandbox {} gives no sign of life: {}",
          sandbox.sandbox().id(),
          String.valueOf(e.getMessage()));
      return false;
    }
  }
}
