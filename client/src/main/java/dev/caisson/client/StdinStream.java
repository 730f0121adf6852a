package dev.caisson.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.StdinChunk;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;

/**
 * The program's standard input. A write blocks while the daemon has enough that the program has not
 * read, and fails when the run is over. For one thread at a time.
 */
final class StdinStream extends OutputStream {

  private static final int LARGEST_CHUNK_BYTES = 64 << 10;

  private final RunStream stream;
  private boolean closed;

  StdinStream(RunStream stream) {
    this.stream = stream;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (closed) {
      throw new IOException("the program's standard input is closed");
    }
    int end = offset + length;
    for (int at = offset; at < end; at += LARGEST_CHUNK_BYTES) {
      byte[] copy = Arrays.copyOfRange(bytes, at, Math.min(end, at + LARGEST_CHUNK_BYTES));
      // Safe: nobody else has the copy.
      send(StdinChunk.newBuilder().setData(UnsafeByteOperations.unsafeWrap(copy)).build());
    }
  }

  /** Tells the program that its input ends here. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    trySend(StdinChunk.newBuilder().setData(ByteString.EMPTY).setEnd(true).build());
  }

  private void send(StdinChunk chunk) throws IOException {
    if (!trySend(chunk)) {
      throw new IOException("the run is over; nobody reads its standard input");
    }
  }

  private boolean trySend(StdinChunk chunk) throws IOException {
    try {
      return stream.send(RunRequest.newBuilder().setStdin(chunk).build());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while writing the program's standard input");
    }
  }
}
