package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.RunningSandbox;

/** Makes a started sandbox ready: opens the channel, greets, waits for the agent. */
@FunctionalInterface
public interface SandboxWarmer<W extends WarmSandbox> {

  /**
   * Blocks until the sandbox is ready. The caller destroys the sandbox when this throws.
   *
   * @throws dev.caisson.daemon.error.SandboxException when it was not ready by the deadline
   */
  W warm(RunningSandbox sandbox, Deadline deadline);
}
