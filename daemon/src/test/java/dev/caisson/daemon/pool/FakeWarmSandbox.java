package dev.caisson.daemon.pool;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.RunningSandbox;
import java.util.concurrent.atomic.AtomicInteger;

/** A warm sandbox that is well until the test says otherwise. */
final class FakeWarmSandbox implements WarmSandbox {

  private final RunningSandbox sandbox;
  private final AtomicInteger pings = new AtomicInteger();
  private volatile boolean alive = true;
  private volatile boolean mute;

  FakeWarmSandbox(RunningSandbox sandbox) {
    this.sandbox = sandbox;
  }

  /** Known to be dead from now on. */
  void die() {
    alive = false;
  }

  /** Answers no ping from now on. */
  void fallSilent() {
    mute = true;
  }

  int pings() {
    return pings.get();
  }

  @Override
  public RunningSandbox sandbox() {
    return sandbox;
  }

  @Override
  public boolean alive() {
    return alive;
  }

  @Override
  public void ping(Deadline deadline) {
    pings.incrementAndGet();
    if (mute) {
      throw new SandboxException(ErrorCode.CHANNEL_CLOSED, "silent");
    }
  }
}
