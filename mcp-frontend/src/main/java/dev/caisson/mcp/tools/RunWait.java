package dev.caisson.mcp.tools;

import java.time.Duration;
import java.util.Optional;

/** How long a call waits for a run. */
final class RunWait {

  /** Many clients give a call up after 60 s, and with it the run, unless they hear of progress. */
  static final Duration BELOW_CLIENTS_LIMIT = Duration.ofSeconds(50);

  private static final Duration LONGEST = Duration.ofMinutes(10);

  private RunWait() {}

  /** What the caller says; 0 is not at all. */
  static Optional<Duration> of(Arguments arguments) {
    var wait = arguments.time("wait");
    if (wait.filter(time -> time.compareTo(LONGEST) > 0).isPresent()) {
      throw new IllegalArgumentException(
          "'wait' is '%s'; it has to be a time from 0 to %d minutes"
              .formatted(arguments.values().get("wait"), LONGEST.toMinutes()));
    }
    return wait;
  }
}
