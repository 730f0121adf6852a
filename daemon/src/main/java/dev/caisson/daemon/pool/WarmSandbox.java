package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.RunningSandbox;

/** A sandbox whose agent has greeted and is ready for a run. */
public interface WarmSandbox {

  RunningSandbox sandbox();

  /** False once it is known to be dead. A look at a field: asks nobody. */
  boolean alive();

  /**
   * Asks the agent for a sign of life. Only called while the sandbox belongs to the pool, never
   * during a lease.
   *
   * @throws dev.caisson.daemon.error.SandboxException when none came by the deadline
   */
  void ping(Deadline deadline);
}
