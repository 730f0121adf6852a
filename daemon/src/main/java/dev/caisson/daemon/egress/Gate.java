package dev.caisson.daemon.egress;

import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.NetworkPolicy;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The network gate of a daemon. Each run with a network has a {@link RunGate} of its own. */
public final class Gate implements AutoCloseable {

  private final Dialer dialer;
  private final Ticker ticker;

  public Gate(Dialer dialer, Ticker ticker) {
    this.dialer = dialer;
    this.ticker = ticker;
  }

  /**
   * The gate of one run. Close it when the run is over.
   *
   * @param policy the policy as it is now: asked at each decision, and again for what is connected
   * @param stop ends the run when it uses more than it may
   */
  public RunGate open(GateUser user, Supplier<NetworkPolicy> policy, Consumer<RunOutcome> stop) {
    return new RunGate(user, policy, dialer, ticker, stop);
  }

  @Override
  public void close() {
    dialer.close();
  }
}
