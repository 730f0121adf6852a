package dev.caisson.daemon.app;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.egress.TrustedCertificates;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.pool.SandboxWarmer;
import dev.caisson.daemon.pool.WarmSandbox;
import dev.caisson.daemon.runtime.RunningSandbox;
import java.util.Optional;

/** A sandbox whose agent has greeted and whose worker is warm: what the pools keep. */
record WarmAgent(RunningSandbox sandbox, AgentChannel channel) implements WarmSandbox {

  /**
   * Greets the agent of a sandbox that was just started, and gives it what the gate's users trust.
   */
  static SandboxWarmer<WarmAgent> greeting(Gate gate) {
    Optional<String> certificates = gate.certificates().map(TrustedCertificates::pem);
    return (sandbox, deadline) ->
        new WarmAgent(sandbox, AgentChannel.greet(sandbox.connection(), certificates, deadline));
  }

  @Override
  public boolean alive() {
    return channel.alive();
  }

  @Override
  public void ping(Deadline deadline) {
    channel.ping(deadline);
  }
}
