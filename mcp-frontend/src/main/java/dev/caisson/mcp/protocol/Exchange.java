package dev.caisson.mcp.protocol;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One request between its arrival and its answer. Any thread. Whether it is over is looked at
 * before each message and not while it is written, so one message may cross a cancellation, as it
 * may on the way.
 */
final class Exchange {

  private final Object id;
  private final Outlet outlet;
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private volatile boolean cancelled;

  /** Set before the answer is written: a client that has read it may use the id again at once. */
  private volatile boolean answered;

  private volatile @Nullable Thread thread;

  Exchange(Object id, Outlet outlet) {
    this.id = id;
    this.outlet = outlet;
  }

  Object id() {
    return id;
  }

  /** The thread that a cancellation interrupts. */
  void runsOn(Thread worker) {
    thread = worker;
  }

  @Nullable Thread thread() {
    return thread;
  }

  boolean isAnswered() {
    return answered;
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** Complete when nothing more is sent. */
  CompletableFuture<Void> over() {
    return over;
  }

  /** Sends what belongs to the request; false when it is over and nothing was sent. */
  boolean say(Map<String, ?> message) {
    if (cancelled || answered) {
      return false;
    }
    outlet.send(message);
    return true;
  }

  /** Sends the answer, unless the request was cancelled. */
  void answer(Map<String, ?> message) {
    if (cancelled) {
      return;
    }
    answered = true;
    over.complete(null);
    outlet.send(message);
  }

  void cancel() {
    cancelled = true;
    over.complete(null);
    if (!answered) {
      outlet.cancelled();
    }
    var worker = thread;
    if (worker != null) {
      worker.interrupt();
    }
  }
}
