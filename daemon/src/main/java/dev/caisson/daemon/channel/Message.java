package dev.caisson.daemon.channel;

/**
 * One whole message, its parts joined. The payload array belongs to whoever holds the message.
 *
 * @param stream unsigned 32 bits on the wire; kept as a long so that no value is negative
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough: messages are never compared
public record Message(FrameKind kind, long stream, byte[] payload) {

  private static final byte[] NOTHING = new byte[0];

  public Message {
    if (stream < 0 || stream > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException("a stream is an unsigned 32-bit number, got " + stream);
    }
  }

  /** A message without payload. */
  public static Message empty(FrameKind kind, long stream) {
    return new Message(kind, stream, NOTHING);
  }
}
