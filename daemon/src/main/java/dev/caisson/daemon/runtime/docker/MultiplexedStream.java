package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.runtime.SandboxConnection.Inbound;
import dev.caisson.daemon.runtime.SandboxConnection.Origin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Takes apart what the engine sends on an attachment without a terminal: frames of one byte that
 * says which stream, three zero bytes, a length, and so many bytes. The framing is known from our
 * own {@code Tty=false}, not from the response's header, which differs between engines.
 *
 * <p>Pure: bytes in, pieces out, of any cut. The length of a frame costs nothing until its bytes
 * are there. Not safe for use by several threads.
 */
final class MultiplexedStream {

  private static final int HEADER_BYTES = 8;

  private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
  private Origin origin = Origin.WORKER;
  private long remaining;

  /**
   * The next piece of a stream in {@code bytes}, which is left after what was taken. Empty when all
   * was taken and more is needed.
   */
  Optional<Inbound> next(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (remaining > 0) {
        return Optional.of(new Inbound(origin, take(bytes)));
      }
      while (header.hasRemaining() && bytes.hasRemaining()) {
        header.put(bytes.get());
      }
      if (!header.hasRemaining()) {
        begin();
      }
    }
    return Optional.empty();
  }

  /** True in the middle of a frame: an end of input here means that something was lost. */
  boolean midFrame() {
    return remaining > 0 || header.position() > 0;
  }

  private ByteBuffer take(ByteBuffer bytes) {
    int length = (int) Math.min(remaining, bytes.remaining());
    ByteBuffer piece = ByteBuffer.allocate(length);
    piece.put(bytes.slice(bytes.position(), length)).flip();
    bytes.position(bytes.position() + length);
    remaining -= length;
    return piece;
  }

  private void begin() throws IOException {
    header.flip();
    int stream = header.getInt();
    origin =
        switch (stream) {
          case 1 << 24 -> Origin.WORKER;
          case 2 << 24 -> Origin.SUPERVISOR;
          default ->
              throw new IOException(
                  "the engine sent a frame that begins with 0x%08x".formatted(stream));
        };
    remaining = Integer.toUnsignedLong(header.getInt());
    header.clear();
  }
}
