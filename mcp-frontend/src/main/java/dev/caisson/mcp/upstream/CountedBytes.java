package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes of one message that comes over HTTP: each is taken from a budget before it is kept. Closing
 * gives them back, unless the text was taken with its lease. For one thread.
 */
final class CountedBytes implements AutoCloseable {

  /** Bytes of a message: a little over the largest result that a policy lets through. */
  static final int LIMIT = ProcessWire.LINE_LIMIT;

  private final ByteBudget.Lease lease;
  private byte[] bytes = new byte[256];
  private int length;
  private boolean handedOver;

  CountedBytes(ByteBudget budget) {
    this.lease = budget.lease();
  }

  /** A message's text with the memory that it takes; whoever has it closes the lease. */
  record Text(String text, ByteBudget.Lease lease) {}

  int length() {
    return length;
  }

  /** Adds a part of this array, or throws and keeps nothing of it. */
  void add(byte[] from, int start, int end) throws LostConnectionException {
    var count = end - start;
    if (count > LIMIT - length) {
      throw new LostConnectionException(
          "the server sent more than " + (LIMIT >> 20) + " MiB in one message", Delivery.UNKNOWN);
    }
    if (!lease.grow(count)) {
      throw new LostConnectionException(MessageLines.NO_ROOM, Delivery.UNKNOWN);
    }
    if (length + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + count, Math.min(bytes.length * 2, LIMIT)));
    }
    System.arraycopy(from, start, bytes, length, count);
    length += count;
  }

  /** Adds all that is to come. */
  void addAll(InputStream input) throws IOException, LostConnectionException {
    var chunk = new byte[8 * 1024];
    for (var count = input.read(chunk); count >= 0; count = input.read(chunk)) {
      add(chunk, 0, count);
    }
  }

  /** What was added, as UTF-8; nothing may be added any more. */
  Text text() {
    handedOver = true;
    return new Text(new String(bytes, 0, length, StandardCharsets.UTF_8), lease);
  }

  @Override
  public void close() {
    if (!handedOver) {
      lease.close();
    }
  }
}
