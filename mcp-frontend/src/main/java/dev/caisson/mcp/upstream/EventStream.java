package dev.caisson.mcp.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads server-sent events. The data of an event is counted while it grows; of everything else, a
 * few bytes are kept, and a server that sends much of it is read more slowly. An event that is not
 * ended by an empty line never was. For one thread.
 */
final class EventStream {

  private static final int CHUNK = 8 * 1024;

  /** Bytes of a field that is not data. A longer one is as if it were not there. */
  private static final int LONGEST_FIELD = 1024;

  /** So many bytes that nobody needs count as much as one message that nobody asked for. */
  private static final int SKIPPED_AT_ONCE = 64 * 1024;

  private static final byte[] LINE_BREAK = {'\n'};

  private final InputStream input;
  private final ByteBudget budget;
  private final FloodGate flood;
  private final byte[] chunk = new byte[CHUNK];
  private int position;
  private int filled;
  private int skipped;
  private boolean afterCarriageReturn;
  private boolean begun;
  private String type = "";
  private Optional<String> nextId;
  private Optional<String> lastId;
  private Optional<Duration> retry;

  /** Events from the beginning of a response. The id is of the event after which it goes on. */
  EventStream(InputStream input, ByteBudget budget, FloodGate flood, Optional<String> lastId) {
    this.input = input;
    this.budget = budget;
    this.flood = flood;
    this.lastId = lastId;
    this.nextId = lastId;
    this.retry = Optional.empty();
  }

  /** One event; {@code type} is "message" unless the server says otherwise. */
  record Event(String type, String data, ByteBudget.Lease lease) {}

  /** The id of the last event, also of one without data; empty when the server gives none. */
  Optional<String> lastId() {
    return lastId;
  }

  /** How long the server wants us to wait before we ask for the rest. Not bounded. */
  Optional<Duration> retry() {
    return retry;
  }

  /** What ended a name or a value. */
  private enum End {
    COLON,
    LINE,
    INPUT
  }

  /**
   * The next event that has data, or null at the end of input. Whoever has it closes its lease.
   * Throws when it is too large or there is no room for it; then the stream is of no use any more.
   */
  @Nullable Event next() throws IOException, LostConnectionException, InterruptedException {
    type = "";
    try (var data = new CountedBytes(budget)) {
      var lines = 0;
      while (true) {
        var name = new Small(16);
        var end = read(name, true);
        if (end == End.INPUT) {
          return null;
        }
        if (end == End.LINE && name.length == 0) {
          lastId = nextId;
          if (lines > 0) {
            return event(data);
          }
          flood.pass();
          type = "";
        } else if (name.is("data")) {
          if (lines++ > 0) {
            data.add(LINE_BREAK, 0, 1);
          }
          if (end == End.COLON && read(data) == End.INPUT) {
            return null;
          }
        } else {
          flood.pass();
          var value = new Small(LONGEST_FIELD);
          if (end == End.COLON && read(value, false) == End.INPUT) {
            return null;
          }
          field(name, value);
        }
      }
    }
  }

  private Event event(CountedBytes data) {
    var text = data.text();
    return new Event(type.isEmpty() ? "message" : type, text.text(), text.lease());
  }

  private void field(Small name, Small value) {
    if (value.cut) {
      return;
    }
    var text = value.text();
    if (name.is("event")) {
      type = text;
    } else if (name.is("id") && text.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      // Another character could not be sent back in a header.
      nextId = Optional.of(text).filter(id -> !id.isEmpty());
    } else if (name.is("retry") && text.matches("[0-9]{1,9}")) {
      retry = Optional.of(Duration.ofMillis(Long.parseLong(text)));
    }
  }

  /** Reads a value into the data. */
  private End read(CountedBytes to) throws IOException, LostConnectionException {
    var first = true;
    while (fill()) {
      if (first && chunk[position] == ' ') {
        position++;
        first = false;
        continue;
      }
      first = false;
      var end = position;
      while (end < filled && chunk[end] != '\n' && chunk[end] != '\r') {
        end++;
      }
      to.add(chunk, position, end);
      position = end;
      if (end < filled) {
        afterCarriageReturn = chunk[position++] == '\r';
        return End.LINE;
      }
    }
    return End.INPUT;
  }

  /** Reads a name up to its colon, or a value up to the end of the line. */
  private End read(Small to, boolean name) throws IOException, InterruptedException {
    var first = !name;
    while (fill()) {
      var next = chunk[position++];
      if (next == '\n' || next == '\r') {
        afterCarriageReturn = next == '\r';
        return End.LINE;
      }
      if (name && next == ':') {
        return End.COLON;
      }
      if (!first || next != ' ') {
        to.add(next);
        if (to.cut && ++skipped == SKIPPED_AT_ONCE) {
          skipped = 0;
          flood.pass();
        }
      }
      first = false;
    }
    return End.INPUT;
  }

  /** True when there is a byte to read, which is not the second of a line's end. */
  private boolean fill() throws IOException {
    while (true) {
      if (position == filled) {
        filled = Math.max(input.read(chunk), 0);
        position = 0;
        if (filled == 0) {
          return false;
        }
        skipByteOrderMark();
      }
      if (!afterCarriageReturn) {
        if (position < filled) {
          return true;
        }
        continue;
      }
      afterCarriageReturn = false;
      if (position < filled && chunk[position] == '\n') {
        position++;
      }
    }
  }

  private void skipByteOrderMark() {
    if (!begun
        && filled >= 3
        && chunk[0] == (byte) 0xef
        && chunk[1] == (byte) 0xbb
        && chunk[2] == (byte) 0xbf) {
      position = 3;
    }
    begun = true;
  }

  /** The beginning of something short. */
  private static final class Small {
    private final byte[] bytes;
    private int length;
    private boolean cut;

    Small(int most) {
      this.bytes = new byte[most];
    }

    void add(byte next) {
      if (length == bytes.length) {
        cut = true;
      } else {
        bytes[length++] = next;
      }
    }

    boolean is(String text) {
      return !cut
          && Arrays.equals(
              bytes, 0, length, text.getBytes(StandardCharsets.US_ASCII), 0, text.length());
    }

    String text() {
      return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
  }
}
