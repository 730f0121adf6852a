package dev.caisson.mcp.tools;

import java.util.Arrays;
import java.util.Optional;

/**
 * A part of a text file, whose ends need not fall between two characters.
 *
 * @param offset of the first byte that is in {@code text}
 * @param end of the last one, plus one: where the next part begins
 */
record TextPart(String text, long offset, long end) {

  private static final int LONGEST_CHARACTER = 4;

  /**
   * The whole characters of these bytes; empty when they are no text.
   *
   * @param size of the file: only where it goes on can a character be cut
   */
  static Optional<TextPart> of(byte[] bytes, long offset, long size) {
    var begin = offset == 0 ? 0 : skipped(bytes);
    var end = bytes.length;
    var least = offset + bytes.length >= size ? end : Math.max(end - LONGEST_CHARACTER + 1, begin);
    var text = text(bytes, begin, end);
    while (text.isEmpty() && end > least && bytes[end - 1] < 0) {
      end--;
      text = text(bytes, begin, end);
    }
    var last = end;
    return text.filter(characters -> last > begin || bytes.length == begin)
        .map(characters -> new TextPart(characters, offset + begin, offset + last));
  }

  private static Optional<String> text(byte[] bytes, int begin, int end) {
    return FileContent.text(Arrays.copyOfRange(bytes, begin, end));
  }

  /** Bytes at the beginning that belong to the character before. */
  private static int skipped(byte[] bytes) {
    var count = 0;
    while (count < Math.min(bytes.length, LONGEST_CHARACTER - 1) && (bytes[count] & 0xC0) == 0x80) {
      count++;
    }
    return count;
  }
}
