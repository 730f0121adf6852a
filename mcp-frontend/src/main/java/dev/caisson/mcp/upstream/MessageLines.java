package dev.caisson.mcp.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a server's messages, one a line, and takes the bytes of each from a budget while it grows.
 * A line that is too long, or for which there is no room, is read to its end and dropped but for
 * its beginning and its end, which may say whose answer it was. For one thread.
 */
final class MessageLines {

  static final String NO_ROOM =
      "the server's answer does not fit: answers of this server, or of all, that wait to be passed on"
          + " have used up their memory; ask for smaller results, or for fewer at once";

  /** Up to here a line needs no room in the budget: there is one of it for each server. */
  private static final int FREE = 64 * 1024;

  /** Kept of a line that is dropped, on either side. */
  private static final int EDGE = 512;

  private static final String NUMBER_OR_TEXT =
      "\"id\"\\s*:\\s*(?:\"([^\"\\\\]{1,64})\"|(\\d{1,18}))\\s*";
  private static final String VERSION = "\"jsonrpc\"\\s*:\\s*\"2\\.0\"\\s*";

  private static final String START = "^\\s*\\{\\s*(?:" + VERSION + ",\\s*)?";

  /**
   * An id that can only be an answer's own: a result may hold many others, a request has its own.
   */
  private static final Pattern FIRST =
      Pattern.compile(
          START + NUMBER_OR_TEXT + ",\\s*(?:" + VERSION + ",\\s*)?\"(?:result|error)\"");

  private static final Pattern RESULT_FIRST = Pattern.compile(START + "\"(?:result|error)\"");

  private static final Pattern UNASKED =
      Pattern.compile(
          START + "(?:" + NUMBER_OR_TEXT + ",\\s*(?:" + VERSION + ",\\s*)?)?\"method\"");

  private static final Pattern LAST =
      Pattern.compile(
          ",\\s*(?:" + VERSION + ",\\s*)?" + NUMBER_OR_TEXT + "(?:,\\s*" + VERSION + ")?\\}\\s*$");

  private final InputStream input;
  private final int limit;
  private final ByteBudget budget;
  private final byte[] buffer = new byte[FREE];
  private int position;
  private int filled;

  MessageLines(InputStream input, int limit, ByteBudget budget) {
    this.input = input;
    this.limit = limit;
    this.budget = budget;
  }

  /** What a line was. */
  sealed interface Line {

    /** A whole one. Whoever has it closes the lease when its text is no longer needed. */
    record Whole(String text, ByteBudget.Lease lease) implements Line {}

    /**
     * One that was dropped. Of an answer, the id is there when the edges tell it; what the server
     * sent of its own accord was nobody's answer.
     */
    record Dropped(Optional<String> id, boolean unasked, String why) implements Line {}
  }

  /** The next line without its end, or null at the end of input. */
  @Nullable Line next() throws IOException {
    var line = new Growing();
    while (true) {
      if (position == filled) {
        filled = Math.max(input.read(buffer), 0);
        position = 0;
        if (filled == 0) {
          return line.isEmpty() ? null : line.finished();
        }
      }
      var end = position;
      while (end < filled && buffer[end] != '\n') {
        end++;
      }
      line.add(position, end);
      position = end;
      if (end < filled) {
        position++;
        return line.finished();
      }
    }
  }

  /** One line while it is read. */
  private final class Growing {
    private final ByteBudget.Lease lease = budget.lease();
    private byte[] bytes = new byte[1024];
    private byte[] tail = new byte[0];
    private int length;
    private @Nullable String dropped;

    boolean isEmpty() {
      return length == 0 && dropped == null;
    }

    void add(int from, int to) {
      var count = to - from;
      if (dropped == null && !fits(count)) {
        drop();
      }
      if (dropped != null) {
        var kept = Math.min(count, EDGE);
        var joined = Arrays.copyOf(tail, tail.length + kept);
        System.arraycopy(buffer, to - kept, joined, tail.length, kept);
        tail = Arrays.copyOfRange(joined, Math.max(joined.length - EDGE, 0), joined.length);
        return;
      }
      if (length + count > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(length + count, Math.min(bytes.length * 2, limit)));
      }
      System.arraycopy(buffer, from, bytes, length, count);
      length += count;
    }

    private boolean fits(int count) {
      if (length + count > limit) {
        dropped = "the server sent more than " + (limit >> 20) + " MiB in one message";
        return false;
      }
      if (length + count > FREE && !lease.grow(length > FREE ? count : length + count)) {
        dropped = NO_ROOM;
        return false;
      }
      return true;
    }

    private void drop() {
      lease.close();
      tail = Arrays.copyOfRange(bytes, Math.max(length - EDGE, 0), length);
      bytes = Arrays.copyOf(bytes, Math.min(length, EDGE));
      length = bytes.length;
    }

    Line finished() {
      if (dropped != null) {
        return new Line.Dropped(id(), UNASKED.matcher(head()).find(), dropped);
      }
      return new Line.Whole(new String(bytes, 0, length, StandardCharsets.UTF_8).strip(), lease);
    }

    private String head() {
      return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private Optional<String> id() {
      var first = FIRST.matcher(head());
      if (first.find()) {
        return Optional.of(first.group(1) != null ? first.group(1) : first.group(2));
      }
      var last = LAST.matcher(new String(tail, StandardCharsets.UTF_8));
      return RESULT_FIRST.matcher(head()).find() && last.find()
          ? Optional.of(last.group(1) != null ? last.group(1) : last.group(2))
          : Optional.empty();
    }
  }
}
