package dev.caisson.mcp.tools;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends output on as it happens, in few notifications: what is written while one is on its way, or
 * within the pause after it, goes out together. Nothing is lost and nothing is reordered.
 *
 * <p>{@link #offer} is called by the run's thread and blocks while too much waits, so a client that
 * reads slowly slows its own run. One virtual thread sends, outside the lock.
 */
final class ProgressFeed implements AutoCloseable {

  private static final int MOST_WAITING = 1024 * 1024;
  private static final int LARGEST = 32 * 1024;

  private final Sink sink;
  private final Duration pause;
  private final Thread sender;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by lock.
  private final StringBuilder waiting = new StringBuilder();
  private boolean ended;

  /** Takes one notification; {@code progress} grows with each. */
  @FunctionalInterface
  interface Sink {
    void send(long progress, String text);
  }

  ProgressFeed(Sink sink, Duration pause) {
    this.sink = sink;
    this.pause = pause;
    this.sender = Thread.ofVirtual().name("progress").start(this::send);
  }

  void offer(String text) throws InterruptedException {
    lock.lock();
    try {
      while (waiting.length() >= MOST_WAITING && !ended) {
        changed.await();
      }
      waiting.append(text);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void send() {
    var progress = 0L;
    try {
      for (var text = next(); !text.isEmpty(); text = next()) {
        progress += text.length();
        sink.send(progress, text);
        rest();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for something to say; empty at the end. */
  private String next() throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !ended) {
        changed.await();
      }
      var length = Math.min(waiting.length(), LARGEST);
      if (length < waiting.length() && Character.isHighSurrogate(waiting.charAt(length - 1))) {
        length--;
      }
      var text = waiting.substring(0, length);
      waiting.delete(0, length);
      changed.signalAll();
      return text;
    } finally {
      lock.unlock();
    }
  }

  private void rest() throws InterruptedException {
    lock.lock();
    try {
      var left = pause.toNanos();
      while (left > 0 && !ended && waiting.length() < LARGEST) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Says nothing more: the request was cancelled. */
  void abandon() {
    lock.lock();
    try {
      waiting.setLength(0);
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Sends what waits and returns when it is sent; afterwards nothing comes any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      if (!sender.join(Duration.ofSeconds(10))) {
        sender.interrupt();
      }
    } catch (InterruptedException stop) {
      sender.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
