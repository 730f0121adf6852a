package dev.caisson.daemon.run;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;

/**
 * What the patterns of one run may cost. The caller writes the patterns and the program the names;
 * together they could keep a processor for hours. A virtual thread is not preempted, so it steps
 * aside now and then. For one thread.
 */
final class MatchingEffort {

  /** Comparisons of characters: a second or two, and many times what honest patterns take. */
  static final long MOST = 500_000_000;

  private static final long IN_A_ROW = 1 << 20;

  private long spent;
  private long yieldAt = IN_A_ROW;

  /**
   * @throws SandboxException OUT_OF_ROOM when it is too much in all
   */
  void spend(long comparisons) {
    spent += comparisons;
    if (spent > MOST) {
      throw new SandboxException(
          ErrorCode.OUT_OF_ROOM,
          "the patterns take too long to compare with the names of the workspace; ask with fewer of them, or with fewer *");
    }
    if (spent >= yieldAt) {
      yieldAt = spent + IN_A_ROW;
      Thread.yield();
    }
  }
}
