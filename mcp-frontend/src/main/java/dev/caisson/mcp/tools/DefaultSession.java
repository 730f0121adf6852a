package dev.caisson.mcp.tools;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.SessionHost;
import dev.caisson.mcp.relay.SessionState;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The session of a connection: made at its first use, ended with the connection. Any thread. Of
 * many that need it at once one makes it and the others wait; the lock is never held over a call.
 */
final class DefaultSession {

  private final SessionHost host;
  private final SessionHost.NewSession wanted;
  private final FutureTask<Optional<String>> end = new FutureTask<>(this::endStanding);
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private Optional<CompletableFuture<SessionState>> standing = Optional.empty();

  @GuardedBy("lock")
  private boolean closed;

  DefaultSession(SessionHost host, SessionHost.NewSession wanted) {
    this.host = host;
    this.wanted = wanted;
  }

  /** The session, made when there is none. */
  SessionState get() throws RefusedException, InterruptedException {
    while (true) {
      var mine = new CompletableFuture<SessionState>();
      var chosen = standing(mine);
      if (chosen == mine) {
        return make(mine);
      }
      try {
        return chosen.get();
      } catch (ExecutionException failed) {
        if (failed.getCause() instanceof RefusedException refusal) {
          throw new RefusedException(refusal.reason(), refusal.explanation(), refusal);
        }
        // The request that was making it was cancelled: that is not the end of this one.
      }
    }
  }

  private CompletableFuture<SessionState> standing(CompletableFuture<SessionState> otherwise)
      throws RefusedException {
    lock.lock();
    try {
      if (closed) {
        throw new RefusedException("the connection is closing; nothing new is begun");
      }
      var chosen = standing.orElse(otherwise);
      standing = Optional.of(chosen);
      return chosen;
    } finally {
      lock.unlock();
    }
  }

  private SessionState make(CompletableFuture<SessionState> mine)
      throws RefusedException, InterruptedException {
    SessionState made;
    try {
      made = host.create(wanted);
    } catch (RefusedException | InterruptedException | RuntimeException failure) {
      // First, so that who waits and tries again finds the place free.
      forget(mine);
      mine.completeExceptionally(failure);
      throw failure;
    }
    mine.complete(made);
    if (isClosed()) {
      host.end(made.id());
    }
    return made;
  }

  private void forget(CompletableFuture<SessionState> mine) {
    lock.lock();
    try {
      standing = standing.filter(other -> other != mine);
    } finally {
      lock.unlock();
    }
  }

  /** The id, when it has been made. */
  Optional<String> id() {
    lock.lock();
    try {
      return standing
          .filter(future -> future.state() == Future.State.SUCCESS)
          .map(future -> future.resultNow().id());
    } finally {
      lock.unlock();
    }
  }

  /** It has ended: the next use makes another. */
  void ended(String id) {
    lock.lock();
    try {
      if (id().equals(Optional.of(id))) {
        standing = Optional.empty();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends it, and makes no other. Whoever comes second waits until it is done: at a signal, the JVM
   * is over as soon as its hooks are, whatever another thread is about.
   */
  void close() throws RefusedException, InterruptedException {
    end.run();
    try {
      end.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RefusedException refusal) {
        throw new RefusedException(refusal.reason(), refusal.explanation(), refusal);
      }
      throw new IllegalStateException(failed.getCause());
    }
  }

  private Optional<String> endStanding() throws RefusedException, InterruptedException {
    Optional<String> last;
    lock.lock();
    try {
      last = id();
      closed = true;
      standing = Optional.empty();
    } finally {
      lock.unlock();
    }
    if (last.isPresent()) {
      host.end(last.get());
    }
    return last;
  }
}
