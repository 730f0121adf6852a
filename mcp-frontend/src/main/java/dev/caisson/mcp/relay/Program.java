package dev.caisson.mcp.relay;

import dev.caisson.mcp.stubs.Catalogue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to run. An empty policy name is the daemon's default; without a time limit the policy's
 * holds.
 *
 * @param session the id of the session that it runs in; empty for a fresh sandbox
 */
public record Program(
    String code,
    String fileName,
    List<String> arguments,
    String policy,
    String session,
    Optional<Duration> timeLimit,
    Outputs outputs,
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

  /** The same in this session, with these tools. */
  public Program in(String session, Catalogue tools) {
    return new Program(code, fileName, arguments, policy, session, timeLimit, outputs, tools);
  }

  /**
   * The files that come back.
   *
   * @param patterns paths, in which {@code *} stands for characters of a name and {@code **} for
   *     any number of names
   * @param changed also what the run makes or changes
   */
  public record Outputs(List<String> patterns, boolean changed) {

    public static final Outputs NONE = new Outputs(List.of(), false);

    public Outputs {
      patterns = List.copyOf(patterns);
    }
  }
}
