package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The credit that we may spend on one lane towards the agent. Senders wait in {@link #spend} while
 * the window is used up; the channel's reader gives credit back as it arrives.
 */
final class SendWindow {

  private final String lane;
  private final long size;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private long outstanding;

  @GuardedBy("lock")
  private boolean closed;

  SendWindow(String lane, long size) {
    this.lane = lane;
    this.size = size;
  }

  /** Waits for room for {@code bytes} and takes it. False when the window was closed meanwhile. */
  boolean spend(int bytes) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && outstanding > 0 && outstanding + bytes > size) {
        changed.await();
      }
      outstanding += bytes;
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** The agent has taken {@code bytes}. More than was sent is a violation. */
  void give(long bytes) {
    lock.lock();
    try {
      if (bytes <= 0 || bytes > outstanding) {
        throw Violation.of(
            "credit for %d bytes on the %s lane, where %d were open"
                .formatted(bytes, lane, outstanding));
      }
      outstanding -= bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Frees every waiting sender. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
