package dev.caisson.daemon.pool;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.runtime.SandboxRuntime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * The warm pools of a daemon, one for each shape of sandbox that its policies ask for.
 *
 * <p>Threads: safe for use by many. Works on threads of its own from {@link #start} until {@link
 * #close}: for each pool one that creates and one that asks for signs of life, and for each sandbox
 * that is created or destroyed one of its own.
 */
public final class WarmPools<W extends WarmSandbox> {

  /** A pool stays when no policy asks for it any more: a run may have read its policy before. */
  private final Map<SandboxShape, WarmPool<W>> pools = new ConcurrentHashMap<>();

  private final SandboxRuntime runtime;
  private final SandboxWarmer<W> warmer;
  private final Supplier<SandboxId> ids;
  private final PoolConfig config;
  private final Ticker ticker;
  private final PoolDestroyer destroyer;
  private final Semaphore slots;

  /**
   * @param targets how many to keep warm of each shape; zero for one that is only created on claim
   */
  public WarmPools(
      Map<SandboxShape, Integer> targets,
      SandboxRuntime runtime,
      SandboxWarmer<W> warmer,
      Supplier<SandboxId> ids,
      PoolConfig config,
      Ticker ticker) {
    this.runtime = runtime;
    this.warmer = warmer;
    this.ids = ids;
    this.config = config;
    this.ticker = ticker;
    this.destroyer = new PoolDestroyer(config);
    this.slots = new Semaphore(config.creationsAtOnce(), true);
    targets.forEach((shape, target) ->
        pools.put(shape, new WarmPool<>(shape, target, config, ticker, destroyer)));
  }

  /** Begins to fill. Once. */
  public void start() {
    pools.values().forEach(this::start);
  }

  /**
   * Keeps other numbers from now on, after {@link #start} and by one thread at a time. New shapes
   * get pools; a shape that is missing keeps none warm, and what idles of it is destroyed. Leases
   * are left alone.
   */
  public void retarget(Map<SandboxShape, Integer> targets) {
    targets.forEach((shape, target) -> {
      WarmPool<W> known = pools.get(shape);
      if (known == null) {
        WarmPool<W> pool = new WarmPool<>(shape, target, config, ticker, destroyer);
        pools.put(shape, pool);
        start(pool);
      } else {
        known.retarget(target);
      }
    });
    pools.forEach((shape, pool) -> {
      if (!targets.containsKey(shape)) {
        pool.retarget(0);
      }
    });
  }

  private void start(WarmPool<W> pool) {
    new PoolFiller<>(pool, runtime, warmer, ids, config, slots).start();
    new PoolHealth<>(pool, config).start();
  }

  /**
   * Takes a sandbox of this shape. A warm one costs no call and no round trip; without one this
   * waits for the first that becomes ready.
   *
   * @throws SandboxException {@code NO_SANDBOX_AVAILABLE} when none was ready by the deadline,
   *     {@code SHUTTING_DOWN} when the pools close, {@code FAILED_PRECONDITION} for a shape that no
   *     pool has
   */
  public Lease<W> claim(SandboxShape shape, Deadline deadline) {
    return Optional.ofNullable(pools.get(shape))
        .orElseThrow(() ->
            new SandboxException(
                ErrorCode.FAILED_PRECONDITION, "no pool makes sandboxes of the shape " + shape))
        .claim(deadline);
  }

  /** The state of every pool. */
  public List<PoolStats> stats() {
    return pools.values().stream().map(WarmPool::stats).toList();
  }

  /** Waits until every pool was full once; false when one was not by the deadline. */
  public boolean awaitFirstFill(Deadline deadline) {
    return pools.values().stream().allMatch(pool -> pool.awaitFirstFill(deadline));
  }

  /** Refuses claims from now on, destroys what is idle, and leaves the leases alone. */
  public void drain() {
    pools.values().forEach(WarmPool::drain);
  }

  /** Waits for the leases to end; false when some were left at the deadline. */
  public boolean awaitLeasesEnded(Deadline deadline) {
    return pools.values().stream().allMatch(pool -> pool.awaitLeasesEnded(deadline));
  }

  /**
   * Destroys everything, leases included, and waits until it is gone; false when something was left
   * at the deadline, which is then the reaper's.
   */
  public boolean close(Deadline deadline) {
    pools.values().forEach(WarmPool::cut);
    boolean empty = true;
    for (WarmPool<W> pool : pools.values()) {
      empty &= pool.awaitEmpty(deadline);
    }
    destroyer.close();
    return empty;
  }

  /** Lets waiting threads look at the clock again; for tests that move it. */
  void wake() {
    pools.values().forEach(WarmPool::wake);
  }
}
