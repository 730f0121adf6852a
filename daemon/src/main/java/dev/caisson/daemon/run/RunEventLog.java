package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The events of one run, numbered from 1, until their subscriber has taken them.
 *
 * <p>Appending never blocks: what the log can hold is bounded by the windows that the sandbox has
 * for output and by its tool calls in flight. After the last event nothing is taken any more. One
 * subscriber takes, on its own thread; any thread appends.
 */
public final class RunEventLog {

  /** An event and its number. */
  public record Entry(long sequence, RunEvent event) {

    /** True for the event after which nothing comes. */
    public boolean last() {
      return event instanceof RunEvent.Finished || event instanceof RunEvent.Failed;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition appended = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();

  @GuardedBy("lock")
  private long sequence;

  @GuardedBy("lock")
  private boolean ended;

  void append(RunEvent event) {
    lock.lock();
    try {
      if (ended) {
        return;
      }
      sequence++;
      Entry entry = new Entry(sequence, event);
      ended = entry.last();
      entries.add(entry);
      appended.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next event and takes it. */
  public Entry take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (entries.isEmpty()) {
        appended.await();
      }
      return entries.remove();
    } finally {
      lock.unlock();
    }
  }
}
