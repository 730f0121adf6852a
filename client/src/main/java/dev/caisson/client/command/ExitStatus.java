package dev.caisson.client.command;

/** What the commands exit with, beside what a program ended with. */
final class ExitStatus {

  static final int OK = 0;

  /** What was measured is worse than what is promised. */
  static final int MISSED = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  /** {@code status} found no daemon that serves. */
  static final int NOT_RUNNING = 3;

  /** The daemon failed, or the request was wrong. */
  static final int FAILED = 125;

  /** Whoever read our output went away: 128 + SIGPIPE, as a shell would see it. */
  static final int OUTPUT_CLOSED = 141;

  private ExitStatus() {}
}
