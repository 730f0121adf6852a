package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection that code in a sandbox has opened on a loopback port of its sandbox, as the daemon
 * sees it: a stream of bytes each way, and nothing known about who is meant.
 *
 * <p>Threads: frames arrive on the channel's reader and never block it, because what waits here is
 * bounded by the window. One thread reads, one writes, any may {@link #cut}. Both block: the reader
 * for bytes of the code, the writer for credit.
 */
public final class AgentConnection {

  /** Bytes that may be on their way, in each direction, before the receiver gives credit. */
  static final int WINDOW = 64 << 10;

  private static final int PIECE = FrameDecoder.FRAME - FrameDecoder.HEADER;

  private final AgentChannel channel;
  private final long number;
  private final Entrance entrance;
  private final int source;
  private final SendWindow outgoing = new SendWindow("connection", WINDOW);
  private final ReceiveWindow incoming = new ReceiveWindow("connection", WINDOW);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final ByteQueue arrived = new ByteQueue();

  @GuardedBy("lock")
  private boolean inputEnded;

  @GuardedBy("lock")
  private boolean outputEnded;

  @GuardedBy("lock")
  private boolean over;

  AgentConnection(AgentChannel channel, long number, Entrance entrance, int source) {
    this.channel = channel;
    this.number = number;
    this.entrance = entrance;
    this.source = source;
  }

  /** Which connection of its sandbox this is, from 1. */
  public long number() {
    return number;
  }

  public Entrance entrance() {
    return entrance;
  }

  /** The loopback port from which the code opened it. */
  public int source() {
    return source;
  }

  /** What the code writes. Its end is the code's half-close; after a cut it throws. */
  public InputStream input() {
    return new Input();
  }

  /** What the code reads. Closing it is a half-close; after a cut it throws. */
  public OutputStream output() {
    return new Output();
  }

  /** Ends it in both directions at once: the code sees a reset. Idempotent. */
  public void cut() {
    if (end()) {
      channel.send(Message.empty(FrameKind.NET_CUT, number));
    }
  }

  // ---- from the channel's reader ----

  void received(byte[] data) {
    incoming.received(data.length);
    lock.lock();
    try {
      if (inputEnded) {
        throw Violation.of("bytes after the end of connection " + number);
      }
      if (!over) {
        arrived.add(data);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  void inputEnded() {
    lock.lock();
    try {
      if (inputEnded) {
        throw Violation.of("two ends of connection " + number);
      }
      inputEnded = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void credited(long bytes) {
    outgoing.give(bytes);
  }

  /** Nothing can be said or heard any more. True the first time. */
  boolean end() {
    lock.lock();
    try {
      if (over) {
        return false;
      }
      over = true;
      arrived.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    outgoing.close();
    return true;
  }

  private boolean endsOutput() {
    lock.lock();
    try {
      boolean first = !outputEnded && !over;
      outputEnded = true;
      return first;
    } finally {
      lock.unlock();
    }
  }

  private final class Input extends InputStream {

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int count;
      lock.lock();
      try {
        while (arrived.size() == 0 && !inputEnded && !over) {
          changed.await();
        }
        if (over) {
          throw new EOFException("the connection was cut");
        }
        if (arrived.size() == 0) {
          return -1;
        }
        count = arrived.take(bytes, from, length);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      } finally {
        lock.unlock();
      }
      giveCredit(count);
      return count;
    }

    private void giveCredit(int count) {
      long credit = incoming.consumed(count);
      if (credit > 0) {
        byte[] payload = ByteBuffer.allocate(4).putInt((int) credit).array();
        channel.send(new Message(FrameKind.NET_CREDIT, number, payload));
      }
    }
  }

  private final class Output extends OutputStream {

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      try {
        for (int at = from; at < from + length; at += PIECE) {
          byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(at + PIECE, from + length));
          if (!outgoing.spend(piece.length)) {
            throw new EOFException("the connection was cut");
          }
          channel.send(new Message(FrameKind.NET_RECEIVE, number, piece));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }

    @Override
    public void close() {
      if (endsOutput()) {
        channel.send(Message.empty(FrameKind.NET_RECEIVE_END, number));
      }
    }
  }
}
