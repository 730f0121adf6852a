package dev.caisson.mcp.protocol;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** The requests of one connection whose threads have not ended, by their ids. Any thread. */
final class RequestsInFlight {

  private final Map<Object, Exchange> byId = new ConcurrentHashMap<>();
  private final Semaphore places;
  private final int most;

  /**
   * @param places one for each request at once, of all connections together
   * @param most how many places there are
   */
  RequestsInFlight(Semaphore places, int most) {
    this.places = places;
    this.most = most;
  }

  /** Does the work on a virtual thread of its own. */
  void start(Exchange exchange, Runnable work) throws RequestRefusedException {
    if (!places.tryAcquire()) {
      throw new RequestRefusedException(
          ErrorCodes.INTERNAL_ERROR,
          "%d requests are in progress, and no more are taken at once; wait for an answer first"
              .formatted(most));
    }
    var thread =
        Thread.ofVirtual().name("request-" + exchange.id()).unstarted(() -> run(exchange, work));
    exchange.runsOn(thread);
    var holder = byId.merge(exchange.id(), exchange, (old, next) -> old.isAnswered() ? next : old);
    if (holder != exchange) {
      places.release();
      throw new RequestRefusedException(
          ErrorCodes.INVALID_REQUEST, "a request with this id is still in progress");
    }
    thread.start();
  }

  private void run(Exchange exchange, Runnable work) {
    try {
      work.run();
    } finally {
      // Only its own entry: the next request of this id may have taken its place.
      byId.remove(exchange.id(), exchange);
      places.release();
    }
  }

  /** Cancels the request of this id, if there is one. */
  void cancel(Object id) {
    var exchange = byId.get(id);
    if (exchange != null) {
      exchange.cancel();
    }
  }

  void cancelAll() {
    byId.values().forEach(Exchange::cancel);
  }

  /** Waits until the threads have ended, or for this long. */
  void await(Duration limit) {
    var deadline = System.nanoTime() + limit.toNanos();
    for (var exchange : byId.values()) {
      var thread = exchange.thread();
      if (thread == null) {
        continue;
      }
      try {
        thread.join(Duration.ofNanos(Math.max(deadline - System.nanoTime(), 1)));
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
