package dev.caisson.mcp.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.mcp.protocol.Outlet;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one request between those who send them and the thread that writes them to a
 * response. Any thread may send; who does waits while the client reads too slowly. What has been
 * read is kept for a client that comes back, as far as the {@link Keeper} allows.
 */
final class EventStream implements Outlet {

  /** Bytes that nobody has read yet, before who sends more has to wait. */
  static final int AHEAD = 256 * 1024;

  /** Where events are kept that were read, or that nobody reads. Called with the lock held. */
  interface Keeper {
    /** Nothing is kept. */
    Keeper NONE =
        new Keeper() {
          @Override
          public boolean take(EventStream stream, int bytes) {
            return false;
          }

          @Override
          public void giveBack(int bytes) {}
        };

    /** Whether there is room for so many bytes more, which are then taken. */
    boolean take(EventStream stream, int bytes);

    void giveBack(int bytes);
  }

  private final ReentrantLock lock;
  private final Condition changed;
  private final Keeper keeper;
  private final Endings endings;

  @GuardedBy("lock")
  private final Deque<Event> kept = new ArrayDeque<>();

  @GuardedBy("lock")
  private final Deque<Event> unread = new ArrayDeque<>();

  @GuardedBy("lock")
  private long unreadBytes;

  @GuardedBy("lock")
  private @Nullable Reader reader;

  @GuardedBy("lock")
  private long sent;

  /** Nothing more is sent. */
  @GuardedBy("lock")
  private boolean complete;

  /**
   * What happens at the end.
   *
   * @param whenCancelled the answer to a request that was cancelled; empty when it gets none
   * @param whenTooLarge the answer in the place of one that cannot be kept
   * @param then done once, when nothing more is sent; called with the lock held
   */
  record Endings(
      Optional<Map<String, ?>> whenCancelled,
      Optional<Map<String, ?>> whenTooLarge,
      Runnable then) {}

  /**
   * @param lock of all streams that share a keeper
   */
  EventStream(ReentrantLock lock, Keeper keeper, Endings endings) {
    this.lock = lock;
    this.changed = lock.newCondition();
    this.keeper = keeper;
    this.endings = endings;
  }

  @Override
  public void send(Map<String, ?> message) {
    var answer = !message.containsKey("method");
    lock.lock();
    try {
      // Ends when the client reads, when it is gone, or when its connection is broken off.
      while (!answer && !complete && reader != null && unreadBytes >= AHEAD) {
        changed.awaitUninterruptibly();
      }
      if (!complete) {
        add(message);
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void add(Map<String, ?> message) {
    var event = Event.of(++sent, message);
    if (reader == null) {
      keep(event);
    } else {
      unread.add(event);
      unreadBytes += event.bytes();
    }
    if (event.last()) {
      complete();
    }
    changed.signalAll();
  }

  @GuardedBy("lock")
  private void complete() {
    complete = true;
    endings.then().run();
    changed.signalAll();
  }

  @Override
  public void cancelled() {
    end(endings.whenCancelled());
  }

  /** Nothing more is sent, not even an answer. */
  void end() {
    end(Optional.empty());
  }

  private void end(Optional<Map<String, ?>> answer) {
    lock.lock();
    try {
      if (!complete) {
        answer.ifPresent(this::add);
      }
      if (!complete) {
        complete();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Oldest ones give way; an answer that finds no room leaves an error in its place. */
  @GuardedBy("lock")
  private void keep(Event event) {
    while (!keeper.take(this, event.bytes())) {
      if (kept.isEmpty()) {
        if (event.last()) {
          // A few bytes beyond the limit: without an end, a client would come back for ever.
          endings.whenTooLarge().ifPresent(said -> kept.add(Event.of(event.number(), said)));
        }
        return;
      }
      keeper.giveBack(kept.removeFirst().bytes());
    }
    kept.add(event);
  }

  /** Whether nothing more is sent and nobody reads. The lock is held. */
  @GuardedBy("lock")
  boolean isLeft() {
    return complete && reader == null;
  }

  boolean isOpen() {
    lock.lock();
    try {
      return !complete;
    } finally {
      lock.unlock();
    }
  }

  /** Keeps nothing any more. The lock is held. */
  @GuardedBy("lock")
  void forget() {
    kept.forEach(event -> keeper.giveBack(event.bytes()));
    kept.clear();
  }

  /**
   * Reads what comes after an event, as far as it was kept. Whoever read before is done.
   *
   * @param after 0 for all
   */
  Reader read(long after) {
    lock.lock();
    try {
      if (reader != null) {
        putBack();
      }
      while (!kept.isEmpty() && kept.getLast().number() > after) {
        var event = kept.removeLast();
        keeper.giveBack(event.bytes());
        unread.addFirst(event);
        unreadBytes += event.bytes();
      }
      reader = new Reader();
      changed.signalAll();
      return reader;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void putBack() {
    unread.forEach(this::keep);
    unread.clear();
    unreadBytes = 0;
  }

  /** Who writes the events to one response: one thread. */
  final class Reader implements AutoCloseable {

    private Reader() {}

    /** The next event; empty when none came in this time, or nothing comes any more. */
    Optional<Event> next(Duration wait) throws InterruptedException {
      lock.lock();
      try {
        var left = wait.toNanos();
        while (reader == this && unread.isEmpty() && !complete && left > 0) {
          left = changed.awaitNanos(left);
        }
        if (reader != this || unread.isEmpty()) {
          return Optional.empty();
        }
        var event = unread.removeFirst();
        unreadBytes -= event.bytes();
        keep(event);
        changed.signalAll();
        return Optional.of(event);
      } finally {
        lock.unlock();
      }
    }

    /** Whether nothing comes any more: all was read, or somebody else reads. */
    boolean isOver() {
      lock.lock();
      try {
        return reader != this || (complete && unread.isEmpty());
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (reader == this) {
          reader = null;
          putBack();
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
