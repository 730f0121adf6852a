package dev.caisson.mcp.text;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps the beginning and the end of a text and counts what is left out between them. The end
 * matters most: it is where a failing program says why. For one thread.
 */
public final class HeadAndTail {

  private final int headLimit;
  private final int tailLimit;
  private final StringBuilder head = new StringBuilder();
  private final Deque<String> tail = new ArrayDeque<>();
  private int tailLength;
  private long cut;

  /** Limits in characters. */
  public HeadAndTail(int headLimit, int tailLimit) {
    this.headLimit = headLimit;
    this.tailLimit = tailLimit;
  }

  public void append(String piece) {
    var room = Math.min(headLimit - head.length(), piece.length());
    if (room > 0) {
      head.append(piece, 0, room);
    }
    var more = piece.substring(Math.max(room, 0));
    if (more.isEmpty()) {
      return;
    }
    tail.addLast(more);
    tailLength += more.length();
    while (tailLength - tail.getFirst().length() >= tailLimit) {
      var dropped = tail.removeFirst().length();
      tailLength -= dropped;
      cut += dropped;
    }
  }

  /** How many characters are left out. */
  public long cut() {
    return cut + Math.max(tailLength - tailLimit, 0);
  }

  /** The text, with a note where something is left out. */
  public String text() {
    var end = String.join("", tail);
    var kept = end.substring(Math.max(end.length() - tailLimit, 0));
    return cut() == 0 ? head + end : head + "\n… " + cut() + " characters left out …\n" + kept;
  }
}
