package dev.caisson.daemon.runtime.docker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which sandbox has been the only one to do anything for a while.
 *
 * <p>Threads: safe for use by many; the lock is held for a few fields only.
 */
final class Solitude<S> {

  /** How long after the others did something last one counts as alone. */
  static final Duration QUIET = Duration.ofSeconds(10);

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private Optional<S> last = Optional.empty();

  /** When it began to be the last one that did something. */
  @GuardedBy("lock")
  private long since;

  /** It did something, came or went. */
  void active(S sandbox, long now) {
    lock.lock();
    try {
      if (!last.equals(Optional.of(sandbox))) {
        last = Optional.of(sandbox);
        since = now;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The one that is alone now. */
  Optional<S> alone(long now) {
    lock.lock();
    try {
      return last.filter(sandbox -> now - since >= QUIET.toNanos());
    } finally {
      lock.unlock();
    }
  }
}
