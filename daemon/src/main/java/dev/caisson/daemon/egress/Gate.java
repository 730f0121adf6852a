package dev.caisson.daemon.egress;

import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.NetworkPolicy;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The network gate of a daemon. Each run with a network has a {@link RunGate} of its own. */
public final class Gate implements AutoCloseable {

  private final Dialer dialer;
  private final Optional<TrustedCertificates> certificates;
  private final Ticker ticker;

  public Gate(Dialer dialer, Ticker ticker) {
    this(dialer, Optional.empty(), ticker);
  }

  /**
   * @param certificates what code trusts beside the certificates of its image
   */
  public Gate(Dialer dialer, Optional<TrustedCertificates> certificates, Ticker ticker) {
    this.dialer = dialer;
    this.certificates = certificates;
    this.ticker = ticker;
  }

  /** What programs with a network trust beside the certificates of their image. */
  public Optional<TrustedCertificates> certificates() {
    return certificates;
  }

  /**
   * The gate of one run. Close it when the run is over.
   *
   * @param begun the policy that the run began with, its limits as tight as the run asked for
   * @param current the policy as it is now: asked at each decision too, and again for what is
   *     connected
   * @param pace of its connections
   * @param stop ends the run when it uses more than it may
   */
  public RunGate open(
      GateUser user,
      NetworkPolicy begun,
      Supplier<NetworkPolicy> current,
      SharedPace pace,
      Consumer<RunOutcome> stop) {
    return new RunGate(user, new RunPolicy(begun, current), dialer, pace, ticker, stop);
  }

  @Override
  public void close() {
    dialer.close();
  }
}
