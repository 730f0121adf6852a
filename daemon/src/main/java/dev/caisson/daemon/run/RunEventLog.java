package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The events of one run until their subscriber takes them, numbered from 1 as they are taken.
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

  /** An event that was added, for whoever may want to take it back. */
  static final class Added {
    private Optional<RunEvent> event;

    private Added(RunEvent event) {
      this.event = Optional.of(event);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final ArrayDeque<Added> entries = new ArrayDeque<>();

  @GuardedBy("lock")
  private Runnable subscriber = () -> {};

  @GuardedBy("lock")
  private long sequence;

  @GuardedBy("lock")
  private boolean ended;

  void append(RunEvent event) {
    add(event);
    tell();
  }

  /**
   * Appends without telling the subscriber, for a caller that holds a lock: {@link #tell} later.
   */
  Added add(RunEvent event) {
    Added added = new Added(event);
    lock.lock();
    try {
      if (!ended) {
        ended = event instanceof RunEvent.Finished || event instanceof RunEvent.Failed;
        entries.add(added);
      }
    } finally {
      lock.unlock();
    }
    return added;
  }

  /** Tells the subscriber that there may be something new. */
  void tell() {
    Runnable told;
    lock.lock();
    try {
      told = subscriber;
    } finally {
      lock.unlock();
    }
    told.run();
  }

  /** Takes an event back that nobody has seen; false when the subscriber has it already. */
  boolean withdraw(Added added) {
    lock.lock();
    try {
      boolean unseen = added.event.isPresent();
      added.event = Optional.empty();
      return unseen;
    } finally {
      lock.unlock();
    }
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

  /** Makes the caller the one subscriber, who has a thread to wait on. */
  public Follower follow() {
    Semaphore told = new Semaphore(0);
    subscribe(told::release);
    return new Follower(told);
  }

  /** Takes the events one after the other, waiting for each. For one thread. */
  public final class Follower {

    private final Semaphore told;

    private Follower(Semaphore told) {
      this.told = told;
    }

    public Entry next() throws InterruptedException {
      Optional<Entry> entry = poll();
      while (entry.isEmpty()) {
        told.acquire();
        entry = poll();
      }
      return entry.get();
    }
  }

  /** Takes the next event, if there is one. */
  public Optional<Entry> poll() {
    lock.lock();
    try {
      Added next = entries.poll();
      while (next != null && next.event.isEmpty()) {
        next = entries.poll();
      }
      if (next == null) {
        return Optional.empty();
      }
      Entry entry = new Entry(++sequence, next.event.get());
      next.event = Optional.empty();
      return Optional.of(entry);
    } finally {
      lock.unlock();
    }
  }
}
