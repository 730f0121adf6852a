package dev.caisson.mcp.tools;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The latest output of a run that goes on, to be read piece by piece: 32,768 characters of it are
 * kept. A place in it is a count of characters from the beginning. Any thread.
 */
final class RunOutput {

  private static final int KEPT = 32 * 1024;

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final StringBuilder kept = new StringBuilder();

  @GuardedBy("lock")
  private long dropped;

  /**
   * A piece.
   *
   * @param missing how many characters between the place asked for and the text are not kept
   * @param next where the next piece begins
   */
  record Piece(String text, long missing, long next) {}

  void append(String text) {
    lock.lock();
    try {
      kept.append(text);
      if (kept.length() > KEPT) {
        var excess = kept.length() - KEPT;
        // Never half of a character.
        excess += Character.isLowSurrogate(kept.charAt(excess)) ? 1 : 0;
        kept.delete(0, excess);
        dropped += excess;
      }
    } finally {
      lock.unlock();
    }
  }

  /** From a place to the end; from the end when that is not reached yet. */
  Piece from(long offset) {
    lock.lock();
    try {
      var next = dropped + kept.length();
      var begin = Math.clamp(offset, dropped, next);
      var missing = Math.max(begin - Math.max(offset, 0), 0);
      return new Piece(kept.substring((int) (begin - dropped)), missing, next);
    } finally {
      lock.unlock();
    }
  }
}
