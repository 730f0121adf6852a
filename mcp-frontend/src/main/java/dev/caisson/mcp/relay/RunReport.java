package dev.caisson.mcp.relay;

import java.time.Duration;
import java.util.Optional;

/** How a run ended, as the daemon decided. */
public record RunReport(
    Outcome outcome,
    String message,
    String limit,
    int exitCode,
    Optional<Value> value,
    Optional<Failure> exception,
    Duration wallTime,
    long outputBytesDropped,
    long displaysDropped) {

  public RunReport {
    if (exitCode < 0 || exitCode > 255) {
      throw new IllegalArgumentException("exit code " + exitCode + " is not between 0 and 255");
    }
  }

  /** The ends of a run; the same as in the daemon's contract. */
  public enum Outcome {
    SUCCEEDED,
    FAILED,
    TIMED_OUT,
    CANCELLED,
    OUT_OF_MEMORY,
    LIMIT_EXCEEDED,
    POLICY_DENIED,
    PROTOCOL_VIOLATION,
    SANDBOX_LOST
  }

  /** What the program results in; the JSON text is empty when the value has no JSON form. */
  public record Value(String repr, boolean reprCut, String json, Forms forms) {}

  /** The exception that ended the program, with the user's frames only. */
  public record Failure(String type, String message, String traceback) {}
}
