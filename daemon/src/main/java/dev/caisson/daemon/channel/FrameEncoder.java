package dev.caisson.daemon.channel;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Turns messages into frames, splitting what does not fit into one. Pure. */
final class FrameEncoder {

  private FrameEncoder() {}

  /** The frames of a message of the daemon, each a buffer ready to be written. */
  static List<ByteBuffer> frames(Message message) {
    return frames(message, FrameDecoder.FRAME);
  }

  /** The frames of a message, none larger than {@code frameBytes}, header included. */
  static List<ByteBuffer> frames(Message message, int frameBytes) {
    byte[] payload = message.payload();
    if (payload.length > message.kind().limit()) {
      throw new IllegalArgumentException(
          "a %s message has %d bytes, the limit is %d"
              .formatted(message.kind().wireName(), payload.length, message.kind().limit()));
    }
    int room = frameBytes - FrameDecoder.HEADER;
    List<ByteBuffer> frames = new ArrayList<>(1 + payload.length / room);
    int from = 0;
    do {
      int size = Math.min(room, payload.length - from);
      boolean more = from + size < payload.length;
      ByteBuffer frame = ByteBuffer.allocate(FrameDecoder.HEADER + size);
      frame.putInt(5 + size);
      frame.put((byte) (message.kind().number() | (more ? FrameDecoder.MORE : 0)));
      frame.putInt((int) message.stream());
      frame.put(payload, from, size);
      frames.add(frame.flip());
      from += size;
    } while (from < payload.length);
    return frames;
  }
}
