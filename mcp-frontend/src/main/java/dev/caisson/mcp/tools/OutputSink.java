package dev.caisson.mcp.tools;

/** Takes a run's output as it comes, on the run's thread. */
@FunctionalInterface
interface OutputSink {

  /** May block, which slows down the run. */
  void offer(String text) throws InterruptedException;
}
