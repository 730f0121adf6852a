package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.runtime.SandboxConnection;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * The three streams of a container over one attachment: a connection to the engine that was
 * upgraded from HTTP to raw bytes. Ours, because docker-java's attach cannot end the input alone,
 * reuses its buffers, and keeps two platform threads for each.
 *
 * <p>Threads: one thread reads, without a lock. Writers queue for the one turn to write, so that
 * each write goes out whole; the turn is a semaphore and not a monitor because it is kept over the
 * write itself. Closing takes no turn: closing the socket ends whoever is blocked on it.
 */
final class AttachedStreams implements SandboxConnection {

  private static final int PIECE_BYTES = 64 * 1024;
  private static final int LONGEST_HEAD = 16 * 1024;

  private final SocketChannel socket;
  private final ByteBuffer inbound = ByteBuffer.allocateDirect(PIECE_BYTES).flip();
  private final MultiplexedStream frames = new MultiplexedStream();
  private final Semaphore writing = new Semaphore(1, true);

  private AttachedStreams(SocketChannel socket) {
    this.socket = socket;
  }

  /**
   * Attaches to a container that has not started yet, so that nothing it writes is missed. Blocks
   * without a deadline: call it within an {@link EngineCall}.
   */
  static AttachedStreams attach(Path engine, ApiVersion version, String container)
      throws IOException {
    SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      socket.connect(UnixDomainSocketAddress.of(engine));
      AttachedStreams streams = new AttachedStreams(socket);
      streams.upgrade(version, container);
      return streams;
    } catch (IOException | RuntimeException e) {
      closeQuietly(socket, e);
      throw e;
    }
  }

  @Override
  public Optional<Inbound> read() throws IOException {
    while (true) {
      Optional<Inbound> piece = frames.next(inbound);
      if (piece.isPresent()) {
        return piece;
      }
      if (!fill()) {
        if (frames.midFrame()) {
          throw new EOFException("the engine ended the streams in the middle of a frame");
        }
        return Optional.empty();
      }
    }
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    writing.acquireUninterruptibly();
    try {
      while (bytes.hasRemaining()) {
        socket.write(bytes);
      }
    } finally {
      writing.release();
    }
  }

  @Override
  public void endInput() throws IOException {
    try {
      socket.shutdownOutput();
    } catch (ClosedChannelException e) {
      // Closed altogether: the input has ended.
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void upgrade(ApiVersion version, String container) throws IOException {
    String request =
        """
        POST /v%s/containers/%s/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r
        Host: docker\r
        Connection: Upgrade\r
        Upgrade: tcp\r
        Content-Length: 0\r
        \r
        """
            .formatted(version, container);
    write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    String head = readHead();
    if (!head.startsWith("HTTP/1.1 101 ")) {
      throw new IOException(
          "attaching to container "
              + container
              + " was refused: "
              + head.lines().findFirst().orElse(""));
    }
  }

  private String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      if (!inbound.hasRemaining() && !fill()) {
        throw new EOFException("the engine closed the connection before it was attached");
      }
      head.append((char) inbound.get());
      if (head.length() > LONGEST_HEAD) {
        throw new IOException("the engine answered an attach with an endless head");
      }
    }
    return head.toString();
  }

  private boolean fill() throws IOException {
    inbound.clear();
    int count = -1;
    try {
      count = socket.read(inbound);
    } finally {
      inbound.flip();
    }
    return count >= 0;
  }

  private static void closeQuietly(SocketChannel socket, Exception reason) {
    try {
      socket.close();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }
}
