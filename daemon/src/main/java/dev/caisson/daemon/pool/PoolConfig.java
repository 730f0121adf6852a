package dev.caisson.daemon.pool;

import java.time.Duration;

/**
 * How the pools work; how many sandboxes of which shape they keep comes from the policies.
 *
 * @param maximumLive the most sandboxes of one pool, leased and creating and dying ones included
 * @param creationsAtOnce how many sandboxes are created at a time over all pools; more than the
 *     machine has cores makes each slower and refills no faster
 * @param creationTimeout from asking the engine until the agent is ready
 * @param destructionTimeout for one attempt; a failed one is repeated
 * @param pingInterval how long a sandbox idles without being asked for a sign of life
 * @param pingTimeout how long that sign may take
 * @param shortestBackoff the pause after a first failed creation; doubles with each further one
 * @param longestBackoff the longest such pause
 * @param refillPause how long after a claim no replacement is created, as long as half of the pool
 *     is warm, and at most ten times as long after the first of many: creating a sandbox takes both
 *     cores from the run that just began
 */
public record PoolConfig(
    int maximumLive,
    int creationsAtOnce,
    Duration creationTimeout,
    Duration destructionTimeout,
    Duration pingInterval,
    Duration pingTimeout,
    Duration shortestBackoff,
    Duration longestBackoff,
    Duration refillPause) {

  public static final PoolConfig DEFAULT =
      new PoolConfig(
          64,
          2,
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ofMillis(200),
          Duration.ofSeconds(10),
          Duration.ofMillis(50));

  public PoolConfig {
    if (maximumLive < 1) {
      throw new IllegalArgumentException("maximumLive must be at least 1, got " + maximumLive);
    }
    if (creationsAtOnce < 1) {
      throw new IllegalArgumentException(
          "creationsAtOnce must be at least 1, got " + creationsAtOnce);
    }
    requirePositive("creationTimeout", creationTimeout);
    requirePositive("destructionTimeout", destructionTimeout);
    requirePositive("pingInterval", pingInterval);
    requirePositive("pingTimeout", pingTimeout);
    requirePositive("shortestBackoff", shortestBackoff);
    requirePositive("longestBackoff", longestBackoff);
    if (refillPause.isNegative()) {
      throw new IllegalArgumentException("refillPause must not be negative, got " + refillPause);
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(name + " must be positive, got " + value);
    }
  }
}
