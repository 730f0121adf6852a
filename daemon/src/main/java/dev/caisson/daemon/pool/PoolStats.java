package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.SandboxShape;
import java.util.Map;
import java.util.Optional;

/**
 * One pool at one moment. {@code created - destroyed = warm + creating + leased + destroying},
 * always.
 *
 * @param warm idle ones, those included that are being asked for a sign of life
 * @param created all that were begun, failed creations included
 * @param destroyed all that are gone, failed creations included
 * @param failedDestructions attempts to destroy that failed and were repeated
 * @param waiting claims that wait for a sandbox
 * @param lastError why the last creation failed; empty when it went well
 */
public record PoolStats(
    SandboxShape shape,
    int target,
    int warm,
    int creating,
    int leased,
    int destroying,
    long created,
    long destroyed,
    long failedDestructions,
    int waiting,
    Map<Departure, Long> departures,
    Optional<String> lastError) {

  public PoolStats {
    departures = Map.copyOf(departures);
    if (created - destroyed != (long) warm + creating + leased + destroying) {
      throw new IllegalStateException(
          "the pool lost count: created %d, destroyed %d, warm %d, creating %d, leased %d, destroying %d"
              .formatted(created, destroyed, warm, creating, leased, destroying));
    }
  }

  /** All that exist or are about to. */
  public int live() {
    return warm + creating + leased + destroying;
  }
}
