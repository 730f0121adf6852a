package dev.caisson.mcp.upstream;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes may wait in one place at once: of one server, and as a part of what all servers
 * may have. The heap is one for all, so a server that sends or is sent too much fails its own call
 * before the frontend has no memory for anybody.
 *
 * <p>Any thread may take and give back.
 */
final class ByteBudget {

  /** Less is not worth a thread that waits. */
  private static final long WORTH_A_WATCH = 64 * 1024;

  private final @Nullable ByteBudget whole;
  private final long limit;
  private final AtomicLong taken = new AtomicLong();

  private ByteBudget(@Nullable ByteBudget whole, long limit) {
    this.whole = whole;
    this.limit = limit;
  }

  /** A budget of its own. */
  static ByteBudget of(long limit) {
    return new ByteBudget(null, limit);
  }

  /** A part of this budget with a smaller limit; what is taken from it is taken from both. */
  ByteBudget part(long of) {
    return new ByteBudget(this, of);
  }

  /** Bytes that are taken now. */
  long taken() {
    return taken.get();
  }

  /** Nothing yet, to be grown. */
  Lease lease() {
    return new Lease();
  }

  private boolean take(long bytes) {
    if (taken.addAndGet(bytes) > limit) {
      taken.addAndGet(-bytes);
      return false;
    }
    if (whole != null && !whole.take(bytes)) {
      taken.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  private void giveBack(long bytes) {
    taken.addAndGet(-bytes);
    if (whole != null) {
      whole.giveBack(bytes);
    }
  }

  /** Bytes that one holder has taken. One thread may grow it, any may close it, also twice. */
  final class Lease implements AutoCloseable {
    private final AtomicLong held = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes so many bytes more. False, and nothing is taken, when there is no room for them. */
    boolean grow(long bytes) {
      if (closed.get() || !take(bytes)) {
        return false;
      }
      held.addAndGet(bytes);
      return true;
    }

    @Override
    public void close() {
      if (!closed.getAndSet(true)) {
        giveBack(held.get());
      }
    }

    /**
     * Gives back when the calling thread ends. A tool call has a virtual thread of its own, which
     * ends when its answer was taken by the daemon; until then the answer needs its memory. On any
     * other thread nobody can tell, and it is given back at once.
     */
    void closeWithThisThread() {
      var caller = Thread.currentThread();
      if (!caller.isVirtual() || held.get() < WORTH_A_WATCH) {
        close();
        return;
      }
      Thread.ofVirtual()
          .name("budget")
          .start(() -> {
            try {
              caller.join();
            } catch (InterruptedException stop) {
              Thread.currentThread().interrupt();
            } finally {
              close();
            }
          });
    }
  }
}
