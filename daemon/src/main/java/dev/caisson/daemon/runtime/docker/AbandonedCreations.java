package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what a failed creation may have left, by name. A creation that we gave up can still
 * succeed in the engine afterwards, so it is looked for again, at growing distances, until it was
 * found or is not to be expected any more.
 *
 * <p>Threads: one virtual thread for each failed creation. What is still looked for at the end of
 * the daemon is left to the next start, which removes by label.
 */
final class AbandonedCreations {

  private static final Logger LOG = LoggerFactory.getLogger(AbandonedCreations.class);

  private static final Duration ATTEMPT = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final int ATTEMPTS = 10;

  private final ContainerRemoval removal;
  private final Set<Thread> removing = ConcurrentHashMap.newKeySet();

  AbandonedCreations(ContainerRemoval removal) {
    this.removal = removal;
  }

  /** Begins to remove the container with this name, if it exists or comes to exist. */
  void remove(String name) {
    Thread thread = Thread.ofVirtual().name("abandoned-" + name).unstarted(() -> pursue(name));
    removing.add(thread);
    thread.start();
  }

  /** Gives up the search for what has not come to exist, and waits for removals under way. */
  void close(Deadline deadline) {
    removing.forEach(Thread::interrupt);
    for (Thread thread : removing) {
      try {
        thread.join(deadline.remaining());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void pursue(String name) {
    Duration pause = FIRST_PAUSE;
    try {
      for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        if (removed(name)) {
          return;
        }
        Thread.sleep(pause);
        pause = pause.multipliedBy(2);
      }
    } catch (InterruptedException e) {
      removed(name);
    } finally {
      removing.remove(Thread.currentThread());
    }
  }

  private boolean removed(String name) {
    try {
      return removal.removeNamed(name, Deadline.after(ATTEMPT));
    } catch (SandboxException e) {
      LOG.warn("Container {} of a failed creation could not be removed: {}", name, e.getMessage());
      return false;
    }
  }
}
