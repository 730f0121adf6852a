package dev.caisson.daemon.config;

import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.daemon.pool.PoolConfig;
import java.time.Duration;

/**
 * All that can be configured, one part for each room.
 *
 * @param packages the package index that policies can name
 * @param network what the installation's own servers need of the network gate
 * @param sessionsPerTenant how many sessions a tenant may have at once
 * @param rehearsalRuns how many programs of its own the daemon runs once its pools are full
 * @param drainTimeout how long a shutdown waits for runs before it ends them
 */
public record DaemonConfig(
    PlacesConfig places,
    EngineConfig engine,
    PoolConfig pool,
    PackageIndex packages,
    NetworkConfig network,
    int sessionsPerTenant,
    int rehearsalRuns,
    Duration drainTimeout,
    LogLevel logLevel) {

  public static final int DEFAULT_SESSIONS_PER_TENANT = 20;
  public static final int DEFAULT_REHEARSAL_RUNS = 200;
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(10);

  public DaemonConfig {
    if (drainTimeout.isNegative()) {
      throw new IllegalArgumentException("drainTimeout must not be negative, got " + drainTimeout);
    }
  }

  /** What is in force when nothing is configured. */
  static DaemonConfig defaults(Surroundings surroundings) {
    return new DaemonConfig(
        surroundings.places(),
        EngineConfig.DEFAULT,
        PoolConfig.DEFAULT,
        PackageIndex.NONE,
        NetworkConfig.DEFAULT,
        DEFAULT_SESSIONS_PER_TENANT,
        DEFAULT_REHEARSAL_RUNS,
        DEFAULT_DRAIN_TIMEOUT,
        LogLevel.INFO);
  }
}
