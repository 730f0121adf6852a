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

  /** A file that the program asked to give back; after all output. */
  default void file(OutputFile file) {}

  /** Files that were meant and do not come. */
  default void filesLeftOut(long count, String why) {}

  /** Which of the two streams. */
  enum Stream {
    STDOUT,
    STDERR
  }

  /** How a sandbox came. */
  enum Placement {
    /** From the pool. */
    WARM,
    /** Made for this run. */
    COLD,
    /** It is the session's. */
    SESSION,
    /** The daemon did not say. */
    UNKNOWN
  }

  /**
   * How the run was placed.
   *
   * @param stateLost why the variables of the run's session are gone; empty when they are not
   */
  record Accepted(
      String runId,
      String sandboxId,
      String policy,
      Placement placement,
      Duration queueTime,
      String stateLost) {}
}
