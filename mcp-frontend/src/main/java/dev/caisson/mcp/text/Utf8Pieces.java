package dev.caisson.mcp.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns pieces of UTF-8 into text; a character that is split between two pieces comes with the
 * second. What is not UTF-8 becomes U+FFFD. For one thread.
 */
public final class Utf8Pieces {

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private byte[] rest = new byte[0];

  /** The text that is complete with this piece. */
  public String add(byte[] piece) {
    return decode(piece, false);
  }

  /** What is left at the end: nothing, or a replacement for half a character. */
  public String end() {
    return decode(new byte[0], true);
  }

  private String decode(byte[] piece, boolean last) {
    var input = ByteBuffer.allocate(rest.length + piece.length).put(rest).put(piece).flip();
    var output = CharBuffer.allocate(input.remaining() + 2);
    decoder.decode(input, output, last);
    rest = new byte[input.remaining()];
    input.get(rest);
    return output.flip().toString();
  }
}
