package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.runtime.SandboxConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way of frames into a sandbox, which may have stopped to take any: a program can stop the
 * process above it. A write to it then never ends, and neither does whoever waits behind that write
 * for its turn. So when nothing went in for too long while there was something, that is told, once.
 *
 * <p>Threads: any may write. While somebody does, a virtual thread of its own looks after them. The
 * lock is never held over I/O or the ear.
 */
final class WatchedWrites {

  private static final int LOOKS_IN_A_PATIENCE = 4;

  private final SandboxConnection connection;
  private final Duration patience;
  private final Ticker ticker;
  private final Runnable stuck;
  private final ReentrantLock lock = new ReentrantLock();

  /** Writes that have begun and not ended. */
  @GuardedBy("lock")
  private int writing;

  /** When a frame went in last, or the first of those that are writing began. */
  @GuardedBy("lock")
  private long lastStep;

  @GuardedBy("lock")
  private boolean watched;

  @GuardedBy("lock")
  private boolean told;

  /**
   * @param stuck hears that nothing went in for {@code patience}; has to end the writes, by closing
   *     the connection
   */
  WatchedWrites(SandboxConnection connection, Duration patience, Ticker ticker, Runnable stuck) {
    this.connection = connection;
    this.patience = patience;
    this.ticker = ticker;
    this.stuck = stuck;
  }

  void write(ByteBuffer frame) throws IOException {
    began();
    try {
      connection.write(frame);
    } finally {
      ended();
    }
  }

  private void began() {
    boolean first;
    lock.lock();
    try {
      if (writing == 0) {
        lastStep = ticker.nanos();
      }
      writing++;
      first = !watched && !told;
      watched |= first;
    } finally {
      lock.unlock();
    }
    if (first) {
      Thread.ofVirtual().name("channel-writes").start(this::watch);
    }
  }

  private void ended() {
    lock.lock();
    try {
      writing--;
      lastStep = ticker.nanos();
    } finally {
      lock.unlock();
    }
  }

  private void watch() {
    try {
      do {
        Thread.sleep(patience.dividedBy(LOOKS_IN_A_PATIENCE));
      } while (look());
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  /** Looks whether something goes in. False when nobody needs to look again. */
  boolean look() {
    lock.lock();
    try {
      if (writing == 0 || told) {
        watched = false;
        return false;
      }
      if (ticker.nanos() - lastStep < patience.toNanos()) {
        return true;
      }
      told = true;
    } finally {
      lock.unlock();
    }
    stuck.run();
    return false;
  }
}
