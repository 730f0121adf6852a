package dev.caisson.client.command;

import java.nio.ByteBuffer;
import java.util.Optional;

/** The width and height that a PNG file states, in pixels. */
record PngSize(int width, int height) {

  private static final long SIGNATURE = 0x89504e470d0a1a0aL;
  private static final int HEADER = 0x49484452; // IHDR
  private static final int HEADER_END_BYTES = 24;

  /** Of bytes that begin as a PNG file does; whether the rest is one is not looked at. */
  static Optional<PngSize> of(byte[] data) {
    if (data.length < HEADER_END_BYTES) {
      return Optional.empty();
    }
    ByteBuffer start = ByteBuffer.wrap(data);
    boolean png = start.getLong(0) == SIGNATURE && start.getInt(12) == HEADER;
    PngSize size = new PngSize(start.getInt(16), start.getInt(20));
    return png && size.width > 0 && size.height > 0 ? Optional.of(size) : Optional.empty();
  }

  long pixels() {
    return (long) width * height;
  }
}
