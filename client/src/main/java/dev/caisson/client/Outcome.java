package dev.caisson.client;

/** How a run ended. Decided by the daemon, whatever the program says. */
public enum Outcome {
  /** The program came to its end, or to {@code sys.exit(0)}. */
  SUCCEEDED,
  /** It raised, exited with another status, or was ended by a signal of its own. */
  FAILED,
  /** It passed its deadline. */
  TIMED_OUT,
  /** The client asked for the end. */
  CANCELLED,
  /** The sandbox passed its memory limit. */
  OUT_OF_MEMORY,
  /** Another hard limit; {@link RunResult#limit()} names it. */
  LIMIT_EXCEEDED,
  /** The policy refused the program. */
  POLICY_DENIED,
  /** The sandbox broke the rules of its channel and was destroyed. */
  PROTOCOL_VIOLATION,
  /** The sandbox ended without a word. */
  SANDBOX_LOST
}
