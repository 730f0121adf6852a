package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.ByteSize;
import java.time.Duration;

/**
 * How much network one run may use.
 *
 * @param connections open at once
 * @param connectionsInAll opened during the run, refused ones included; 0 allows none
 * @param bytes carried in all, both directions and all connections together
 * @param rate bytes a second, both directions and all connections together
 * @param idleTimeout how long a connection may carry nothing before it is cut
 */
public record NetworkLimits(
    int connections, int connectionsInAll, ByteSize bytes, ByteSize rate, Duration idleTimeout) {

  /** The least rate, in bytes a second: slower than this looks like a connection that hangs. */
  static final long SLOWEST = 1 << 10;

  public NetworkLimits {
    if (connections < 1 || connectionsInAll < 0 || rate.bytes() < 1 || !idleTimeout.isPositive()) {
      throw new IllegalArgumentException(
          "connections, rate and idleTimeout must be positive, connectionsInAll not negative");
    }
  }
}
