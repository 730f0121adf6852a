package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The events of one run, numbered from 1, until their subscriber has taken them.
 *
 * <p>Appending never blocks: what the log can hold is bounded by the windows that the sandbox has
 * for output and by its tool calls in flight. After the last event nothing is taken any more.
 *
 * <p>Threads: any thread appends, and then tells the subscriber, outside the lock; the subscriber
 * sees to it that it takes on one thread at a time. A thread of its own for it would cost every
 * event a switch, which is most of what a short run takes.
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

  @GuardedBy("lock")
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();

  @GuardedBy("lock")
  private Runnable subscriber = () -> {};

  @GuardedBy("lock")
  private long sequence;

  @GuardedBy("lock")
  private boolean ended;

  void append(RunEvent event) {
    Runnable told;
    lock.lock();
    try {
      if (ended) {
        return;
      }
      sequence++;
      Entry entry = new Entry(sequence, event);
      ended = entry.last();
      entries.add(entry);
      told = subscriber;
    } finally {
      lock.unlock();
    }
    told.run();
  }

  /**
   * Makes this the one subscriber, and tells it at once of what is there.
   *
   * @param told called after each event by the thread that appended it; must not block and must
   *     bear to be called by several threads at once
   */
  public void subscribe(Runnable told) {
    lock.lock();
    try {
      subscriber = told;
    } finally {
      lock.unlock();
    }
    told.run();
  }

  /** Takes the next event, if there is one. */
  public Optional<Entry> poll() {
    lock.lock();
    try {
      return Optional.ofNullable(entries.poll());
    } finally {
      lock.unlock();
    }
  }
}
