package dev.caisson.client.command;

import picocli.CommandLine.Option;

/** What is done before anything is measured. */
final class BenchWarmUp {

  @Option(
      names = "--warm-up",
      paramLabel = "COUNT",
      description = "Runs of each kind before the counted ones (default: ${DEFAULT-VALUE}).")
  private int runs = 20;

  @Option(
      names = "--questions",
      paramLabel = "COUNT",
      description = {
        "Cheap questions before anything is measured, so that this command's own JVM has compiled",
        "its end of the connection (default: ${DEFAULT-VALUE})."
      })
  private int questions = 2000;

  /** How many runs do not count. */
  int runs() {
    return runs;
  }

  /**
   * Asks until the JVM has compiled this end of the connection: what is measured is the daemon, as
   * a client meets it that is not a second old.
   */
  void compile(WarmPool pool) {
    for (int i = 0; i < questions; i++) {
      pool.ask();
    }
  }

  void requireSense() {
    if (runs < 0 || questions < 0) {
      throw new UsageException("--warm-up and --questions are 0 or more", "");
    }
  }
}
