package dev.caisson.daemon.pool;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The ownership of one warm sandbox, from the claim until it is closed. Closing destroys the
 * sandbox, in the background; nothing gives a sandbox back.
 *
 * <p>Threads: may be closed from any; the first close counts.
 */
public final class Lease<W extends WarmSandbox> implements AutoCloseable {

  /** Where the sandbox came from. */
  public enum Origin {
    /** It was there when it was claimed. */
    WARM,
    /** The claim had to wait for it. */
    COLD
  }

  private final WarmPool<W> pool;
  private final W sandbox;
  private final Origin origin;
  private final AtomicBoolean closed = new AtomicBoolean();

  Lease(WarmPool<W> pool, W sandbox, Origin origin) {
    this.pool = pool;
    this.sandbox = sandbox;
    this.origin = origin;
  }

  public W sandbox() {
    return sandbox;
  }

  public Origin origin() {
    return origin;
  }

  /** Destroys the sandbox for this reason. Nothing after the first time. Returns at once. */
  public void close(Departure reason) {
    if (closed.compareAndSet(false, true)) {
      pool.end(this, reason);
    }
  }

  /** Destroys the sandbox because its run has ended. Returns at once. */
  @Override
  public void close() {
    close(Departure.RUN_ENDED);
  }
}
