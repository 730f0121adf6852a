package dev.caisson.daemon.app;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.pool.Lease;
import dev.caisson.daemon.pool.WarmPools;
import dev.caisson.daemon.run.RunEvent;
import dev.caisson.daemon.run.Sandboxes;
import dev.caisson.daemon.runtime.RunningSandbox;

/** Gives runs their sandboxes from the warm pools. */
record PooledSandboxes(WarmPools<WarmAgent> pools) implements Sandboxes {

  @Override
  public Leased lease(SandboxShape shape, Deadline deadline) {
    return new PooledLease(pools.claim(shape, deadline));
  }

  private record PooledLease(Lease<WarmAgent> lease) implements Leased {

    @Override
    public RunningSandbox sandbox() {
      return lease.sandbox().sandbox();
    }

    @Override
    public AgentChannel channel() {
      return lease.sandbox().channel();
    }

    @Override
    public RunEvent.Placement placement() {
      return switch (lease.origin()) {
        case WARM -> RunEvent.Placement.WARM;
        case COLD -> RunEvent.Placement.COLD;
      };
    }

    @Override
    public void close() {
      // The channel first: nothing the sandbox still says is heard while it is being destroyed.
      channel().close();
      lease.close();
    }
  }
}
