package dev.caisson.mcp.relay;

import dev.caisson.mcp.stubs.Catalogue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to run. An empty policy name is the daemon's default; without a time limit the policy's
 * holds.
 */
public record Program(
    String code,
    String fileName,
    List<String> arguments,
    String policy,
    Optional<Duration> timeLimit,
    Catalogue tools) {

  public Program {
    arguments = List.copyOf(arguments);
    if (code.isBlank()) {
      throw new IllegalArgumentException("the program is empty: give it at least one statement");
    }
    timeLimit.ifPresent(limit -> {
      if (limit.isZero() || limit.isNegative()) {
        throw new IllegalArgumentException("the time limit must be longer than 0");
      }
    });
  }
}
