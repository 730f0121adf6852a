package dev.caisson.mcp.relay;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.client.CaissonClient;
import dev.caisson.client.DaemonAddress;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way to the daemon. A request that needs it waits until it can be asked; nothing else does,
 * and the client library is not so much as loaded before. Any thread.
 */
public final class DaemonAccess implements AutoCloseable {

  private final DaemonAddress address;
  private final Readiness readiness;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private @Nullable CaissonClient client;

  @GuardedBy("lock")
  private boolean closed;

  /** Whether there is a daemon to ask. */
  @FunctionalInterface
  public interface Readiness {

    /** There is one, or somebody else sees to it. */
    Readiness TAKEN_FOR_GRANTED = () -> {};

    /**
     * Returns when a daemon can be asked. Interrupting the thread ends the wait and nothing else.
     *
     * @throws RefusedException when there is none and none comes: why, and what to do
     */
    void await() throws RefusedException, InterruptedException;
  }

  public DaemonAccess(DaemonAddress address, Readiness readiness) {
    this.address = address;
    this.readiness = readiness;
  }

  /** A client of the daemon, which connects by itself, and again after a loss. */
  CaissonClient client() throws RefusedException, InterruptedException {
    readiness.await();
    return connected();
  }

  /** Whether a daemon answers now. Waits for none, and has none started. */
  public boolean isServing() {
    try {
      return connected().isServing();
    } catch (RefusedException ending) {
      return false;
    }
  }

  private CaissonClient connected() throws RefusedException {
    lock.lock();
    try {
      if (closed) {
        throw new RefusedException(
            RefusedException.Reason.UNREACHABLE, "the frontend is ending; nothing new is begun");
      }
      if (client == null) {
        client = CaissonClient.connect(address.socket());
      }
      return client;
    } finally {
      lock.unlock();
    }
  }

  /** Ends every run in progress. */
  @Override
  public void close() {
    CaissonClient last;
    lock.lock();
    try {
      closed = true;
      last = client;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      last.close();
    }
  }
}
