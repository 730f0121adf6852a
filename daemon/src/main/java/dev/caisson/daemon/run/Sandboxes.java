package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.runtime.RunningSandbox;

/** Where runs get their sandboxes from. */
@FunctionalInterface
public interface Sandboxes {

  /**
   * Takes a warm sandbox of this shape, or waits for one until the deadline.
   *
   * @throws dev.caisson.daemon.error.SandboxException NO_SANDBOX_AVAILABLE at the deadline
   */
  Leased lease(SandboxShape shape, Deadline deadline) throws InterruptedException;

  /** A sandbox that is the run's own. Closing destroys it, in the background. */
  interface Leased extends AutoCloseable {

    RunningSandbox sandbox();

    AgentChannel channel();

    RunEvent.Placement placement();

    @Override
    void close();
  }
}
