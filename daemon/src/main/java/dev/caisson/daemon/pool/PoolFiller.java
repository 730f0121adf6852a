package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxRuntime;
import dev.caisson.daemon.runtime.SandboxSpec;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates what a pool wants.
 *
 * <p>Threads: one virtual thread for each pool waits for demand; each creation runs on a virtual
 * thread of its own, and so many at a time as there are slots, which all pools share. A place in
 * the pool is reserved before a slot is waited for, so what queues is counted.
 */
final class PoolFiller<W extends WarmSandbox> {

  private static final Logger LOG = LoggerFactory.getLogger(PoolFiller.class);

  private final WarmPool<W> pool;
  private final SandboxRuntime runtime;
  private final SandboxWarmer<W> warmer;
  private final Supplier<SandboxId> ids;
  private final PoolConfig config;
  private final Semaphore slots;

  PoolFiller(
      WarmPool<W> pool,
      SandboxRuntime runtime,
      SandboxWarmer<W> warmer,
      Supplier<SandboxId> ids,
      PoolConfig config,
      Semaphore slots) {
    this.pool = pool;
    this.runtime = runtime;
    this.warmer = warmer;
    this.ids = ids;
    this.config = config;
    this.slots = slots;
  }

  /** Begins. Ends when the pool closes. */
  void start() {
    Thread.ofVirtual().name("pool-filler").start(this::fill);
  }

  private void fill() {
    while (pool.reserve()) {
      slots.acquireUninterruptibly();
      Thread.ofVirtual().name("pool-create").start(this::createInSlot);
    }
  }

  private void createInSlot() {
    try {
      create();
    } finally {
      slots.release();
    }
  }

  /** Whatever is thrown, the reserved place is given up: a lost one would never be filled again. */
  private void create() {
    Deadline deadline = Deadline.after(config.creationTimeout());
    RunningSandbox sandbox;
    try {
      sandbox = runtime.create(new SandboxSpec(ids.get(), pool.shape()), deadline);
    } catch (RuntimeException e) {
      LOG.warn("A sandbox could not be created: {}", String.valueOf(e.getMessage()));
      pool.creationFailed(String.valueOf(e.getMessage()));
      return;
    }
    W warm;
    try {
      warm = warmer.warm(sandbox, deadline);
      sandbox.ready();
    } catch (RuntimeException e) {
      LOG.warn("Sandbox {} did not become ready: {}", sandbox.id(), String.valueOf(e.getMessage()));
      pool.neverReady(sandbox, String.valueOf(e.getMessage()));
      return;
    }
    pool.created(warm);
  }
}
