package dev.caisson.mcp.text;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines and never holds more than a limit of one. A longer line is read to its end and
 * dropped but for its beginning, so that the next line is understood again. For one thread.
 */
public final class BoundedLines {

  private static final int KEPT_OF_LONG_LINE = 512;

  private final InputStream input;
  private final int limit;
  private final byte[] buffer = new byte[64 * 1024];
  private int position;
  private int filled;

  public BoundedLines(InputStream input, int limit) {
    this.input = input;
    this.limit = limit;
  }

  /** One line without its end; {@code whole} is false when only the beginning was kept. */
  public record Line(String text, boolean whole) {}

  /** The next line, or null at the end of input. A last line without an end counts. */
  public @Nullable Line next() throws IOException {
    var line = new ByteArrayOutputStream();
    var dropped = false;
    while (true) {
      if (position == filled) {
        filled = input.read(buffer);
        position = 0;
        if (filled <= 0) {
          filled = 0;
          return line.size() == 0 ? null : line(line, dropped);
        }
      }
      var end = position;
      while (end < filled && buffer[end] != '\n') {
        end++;
      }
      var room = limit - line.size();
      line.write(buffer, position, Math.min(end - position, Math.max(room, 0)));
      dropped |= end - position > room;
      position = end;
      if (end < filled) {
        position++;
        return line(line, dropped);
      }
    }
  }

  private static Line line(ByteArrayOutputStream bytes, boolean dropped) {
    if (dropped) {
      var kept = Math.min(bytes.size(), KEPT_OF_LONG_LINE);
      return new Line(new String(bytes.toByteArray(), 0, kept, StandardCharsets.UTF_8), false);
    }
    return new Line(bytes.toString(StandardCharsets.UTF_8).strip(), true);
  }
}
