package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a container off the engine, whatever state it is in: asks the engine, and when the engine
 * hangs over it or fails, kills the container's processes and asks again.
 *
 * <p>Threads: safe for use by many; each removal runs on its caller's thread.
 */
final class ContainerRemoval {

  private static final Logger LOG = LoggerFactory.getLogger(ContainerRemoval.class);

  /** A removal takes some tens of milliseconds; one that takes this long hangs. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Engine engine;

  ContainerRemoval(Engine engine) {
    this.engine = engine;
  }

  /**
   * Removes the container with this full id. When it returns, the engine does not know it any more.
   *
   * @throws SandboxException when something of it is left at the deadline
   */
  void remove(String container, Deadline deadline) {
    Duration half = deadline.remaining().dividedBy(2);
    Deadline first = Deadline.after(half.compareTo(PATIENCE) < 0 ? half : PATIENCE);
    try {
      removeOrAwaitRemoval(container, first);
    } catch (SandboxException e) {
      LOG.warn(
          "Container {} could not be removed, killing its processes: {}",
          container,
          e.getMessage());
      SandboxProcesses.kill(container);
      removeOrAwaitRemoval(container, deadline);
    }
  }

  /**
   * Removes by name a container that may exist or not; knows no processes to kill. True when the
   * engine had one.
   */
  boolean removeNamed(String name, Deadline deadline) {
    return engine
        .inspect(name, deadline)
        .map(inspection -> {
          remove(inspection.id(), deadline);
          return true;
        })
        .orElse(false);
  }

  private void removeOrAwaitRemoval(String container, Deadline deadline) {
    try {
      engine.remove(container, deadline);
    } catch (SandboxException e) {
      if (!EngineCall.hasStatus(e, 409)) {
        throw e;
      }
      awaitRemoval(container, deadline);
    }
  }

  /** Somebody else is removing it: it is enough that it goes. */
  private void awaitRemoval(String container, Deadline deadline) {
    while (engine.inspect(container, deadline).isPresent()) {
      if (deadline.passed() || Thread.currentThread().isInterrupted()) {
        throw new SandboxException(
            ErrorCode.ENGINE_TIMED_OUT,
            "container " + container + " is being removed and was still there in the end");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }
}
