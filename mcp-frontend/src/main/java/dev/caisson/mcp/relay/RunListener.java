package dev.caisson.mcp.relay;

import java.time.Duration;

/**
 * Hears of a run while it goes on. Called on one thread at a time, in the order of events; a
 * listener that blocks slows down its own run and no other.
 */
public interface RunListener {

  /** The run has a sandbox. */
  default void accepted(Accepted accepted) {}

  /** A piece of output; a character may be split between two pieces. */
  void output(Stream stream, byte[] bytes);

  /** The program shows something, in order with its output. */
  default void shown(Forms shown) {}

  /** Which of the two streams. */
  enum Stream {
    STDOUT,
    STDERR
  }

  /** How the run was placed. */
  record Accepted(
      String runId, String sandboxId, String policy, boolean warm, Duration queueTime) {}
}
