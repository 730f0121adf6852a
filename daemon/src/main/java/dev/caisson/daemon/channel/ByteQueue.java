package dev.caisson.daemon.channel;

import java.util.Arrays;

/**
 * Bytes first in, first out, in one array that grows as needed: a million pieces of one byte cost
 * no more than one piece of a million. Not safe for threads; its owner bounds what it holds.
 */
final class ByteQueue {

  private static final int SMALLEST = 4_096;

  private byte[] bytes = new byte[0];
  private int from;
  private int size;

  int size() {
    return size;
  }

  void add(byte[] data) {
    if (size + data.length > bytes.length) {
      byte[] larger = new byte[Math.max(SMALLEST, Math.max(bytes.length * 2, size + data.length))];
      copyTo(larger, 0, size);
      bytes = larger;
      from = 0;
    }
    int at = (from + size) % Math.max(1, bytes.length);
    int first = Math.min(data.length, bytes.length - at);
    System.arraycopy(data, 0, bytes, at, first);
    System.arraycopy(data, first, bytes, 0, data.length - first);
    size += data.length;
  }

  /** Takes at most {@code length} bytes; gives how many. */
  int take(byte[] target, int at, int length) {
    int count = Math.min(length, size);
    copyTo(target, at, count);
    from = bytes.length == 0 ? 0 : (from + count) % bytes.length;
    size -= count;
    return count;
  }

  void clear() {
    bytes = Arrays.copyOf(bytes, 0);
    from = 0;
    size = 0;
  }

  private void copyTo(byte[] target, int at, int count) {
    int first = Math.min(count, bytes.length - from);
    System.arraycopy(bytes, from, target, at, first);
    System.arraycopy(bytes, 0, target, at + first, count - first);
  }
}
