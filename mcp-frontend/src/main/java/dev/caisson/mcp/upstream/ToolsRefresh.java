package dev.caisson.mcp.upstream;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a server's tools again when it says that they have changed: one listing at a time and one
 * more for whatever was said meanwhile, with a pause between. So a server that says it a thousand
 * times a second is asked a few times, and no listing is overwritten by an earlier one.
 *
 * <p>Any thread may call {@link #changed}; the listings have a virtual thread of their own.
 */
final class ToolsRefresh {

  private static final Logger log = LoggerFactory.getLogger(ToolsRefresh.class);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final String server;
  private final Runnable listing;
  private final FloodGate.Pause pause;
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock.
  private boolean running;
  private boolean again;

  ToolsRefresh(String server, Runnable listing) {
    this(server, listing, TimeUnit.NANOSECONDS::sleep);
  }

  ToolsRefresh(String server, Runnable listing, FloodGate.Pause pause) {
    this.server = server;
    this.listing = listing;
    this.pause = pause;
  }

  /** Sees to it that a listing begins after this call. Returns at once. */
  void changed() {
    lock.lock();
    try {
      again = true;
      if (running) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().name("refresh-" + server).start(this::listings);
  }

  private void listings() {
    try {
      while (isWanted()) {
        list();
        pause.nanos(PAUSE_NANOS);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private void list() {
    try {
      listing.run();
    } catch (RuntimeException problem) {
      // Of ours; the next change is read all the same.
      log.warn(
          "MCP server '{}': its changed tools could not be read: {}", server, problem.toString());
    }
  }

  /** Takes all that was said so far; what is said from here on wants another listing. */
  private boolean isWanted() {
    lock.lock();
    try {
      running = again;
      again = false;
      return running;
    } finally {
      lock.unlock();
    }
  }
}
