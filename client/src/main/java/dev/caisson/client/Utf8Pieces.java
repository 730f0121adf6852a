package dev.caisson.client;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Makes text of one stream of output, whose pieces may end in the middle of a character. Keep one
 * for each stream. Bytes that are not UTF-8 become U+FFFD. Not thread-safe.
 */
public final class Utf8Pieces {

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** The first bytes of a character whose rest is to come: three at the most. */
  private byte[] rest = new byte[0];

  /** The text of {@code piece}, without an unfinished character at its end: that waits. */
  public String decode(byte[] piece) {
    return decode(piece, /* end= */ false);
  }

  /** The text of what still waits: empty, or U+FFFD when the stream ended in a character. */
  public String finish() {
    String text = decode(new byte[0], /* end= */ true);
    decoder.reset();
    return text;
  }

  private String decode(byte[] piece, boolean end) {
    ByteBuffer bytes = ByteBuffer.allocate(rest.length + piece.length).put(rest).put(piece).flip();
    CharBuffer text = CharBuffer.allocate(bytes.remaining() + 1);
    decoder.decode(bytes, text, end);
    rest = new byte[bytes.remaining()];
    bytes.get(rest);
    return text.flip().toString();
  }
}
