package dev.caisson.daemon.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * A queue of pieces between two threads that holds so many bytes and then blocks its writer, as a
 * pipe of the kernel does.
 *
 * <p>Threads: any number on both sides; the monitor guards the queue and is waited on, never kept
 * over anything else.
 */
final class BoundedPipe<T> {

  private record Piece<T>(T tag, ByteBuffer bytes) {}

  /** What was taken out. */
  record Taken<T>(T tag, ByteBuffer bytes) {}

  private static final int CAPACITY = 64 * 1024;

  private final ArrayDeque<Piece<T>> pieces = new ArrayDeque<>();
  private int held;
  private boolean ended;
  private boolean broken;

  synchronized void put(T tag, byte[] bytes, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      while (held >= CAPACITY && !ended && !broken) {
        await();
      }
      if (ended || broken) {
        throw new IOException("Broken pipe");
      }
      int part = Math.min(length - done, CAPACITY - held);
      byte[] copy = new byte[part];
      System.arraycopy(bytes, offset + done, copy, 0, part);
      pieces.add(new Piece<>(tag, ByteBuffer.wrap(copy)));
      held += part;
      done += part;
      notifyAll();
    }
  }

  /** At most {@code limit} bytes; empty at the end. */
  synchronized Optional<Taken<T>> take(int limit) throws IOException {
    while (pieces.isEmpty() && !ended && !broken) {
      await();
    }
    if (broken) {
      throw new IOException("closed");
    }
    Piece<T> piece = pieces.peek();
    if (piece == null) {
      return Optional.empty();
    }
    int length = Math.min(limit, piece.bytes().remaining());
    ByteBuffer part = ByteBuffer.allocate(length);
    part.put(piece.bytes().slice(piece.bytes().position(), length)).flip();
    piece.bytes().position(piece.bytes().position() + length);
    if (!piece.bytes().hasRemaining()) {
      pieces.remove();
    }
    held -= length;
    notifyAll();
    return Optional.of(new Taken<>(piece.tag(), part));
  }

  /** No more is put in; what is in can be taken. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** What is in is lost; everybody who is blocked or comes is told. */
  synchronized void shatter() {
    broken = true;
    notifyAll();
  }

  @SuppressWarnings("WaitNotInLoop") // Its callers loop over their condition.
  private void await() throws IOException {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
