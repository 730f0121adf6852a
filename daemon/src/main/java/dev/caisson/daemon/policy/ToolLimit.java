package dev.caisson.daemon.policy;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One entry of tools.limits. All entries that fit a call hold for it, beside the limits of the
 * whole run; counts are of all tools that the pattern fits, taken together.
 *
 * @param calls calls of one run in all; the next one fails
 * @param inFlight calls waiting for an answer at once; the next one waits for a place
 * @param timeout how long one call may wait for its answer
 * @param rule where it is written
 */
public record ToolLimit(
    ToolPattern pattern,
    OptionalInt calls,
    OptionalInt inFlight,
    Optional<Duration> timeout,
    RuleRef rule) {

  public ToolLimit {
    if (calls.orElse(0) < 0
        || inFlight.orElse(1) < 1
        || !timeout.orElse(Duration.ofSeconds(1)).isPositive()) {
      throw new IllegalArgumentException(
          "calls must not be negative, inFlight and timeout must be positive");
    }
  }
}
