package dev.caisson.mcp.upstream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a server says beside the protocol: its stderr, and lines on its output that are no messages.
 * The last lines are kept for the reason why it ended, all of them in a file when there is one. Its
 * secrets come into neither.
 *
 * <p>Any thread may add.
 */
final class ServerLog {

  private static final int LINES = 20;

  /** Characters of a line in memory. */
  private static final int LONGEST_LINE = 500;

  private final Redaction secrets;
  private final Optional<RotatingFile> file;
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock.
  private final Deque<String> last = new ArrayDeque<>();

  ServerLog(Redaction secrets, Optional<RotatingFile> file) {
    this.secrets = secrets;
    this.file = file;
  }

  /** A line without its end. */
  void add(String line) {
    keep(secrets.apply(line));
  }

  /** The beginning of a line whose rest was dropped. */
  void addBeginning(String line) {
    keep(secrets.applyToBeginning(line) + "…");
  }

  private void keep(String line) {
    file.ifPresent(to -> to.write(line));
    var kept = line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) + "…" : line;
    lock.lock();
    try {
      if (last.size() == LINES) {
        last.removeFirst();
      }
      last.addLast(kept);
    } finally {
      lock.unlock();
    }
  }

  /** The last lines as one; empty when it said nothing. */
  String lastWords() {
    lock.lock();
    try {
      return String.join(" | ", last);
    } finally {
      lock.unlock();
    }
  }
}
