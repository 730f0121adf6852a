package dev.caisson.daemon.pool;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.SandboxRuntime;
import dev.caisson.daemon.runtime.SandboxRuntime.OwnedSandbox;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Destroys what no pool knows: what earlier starts of the daemon left, and at the end whatever is
 * still there. Goes by the labels on the engine; other owners' sandboxes are never seen.
 */
public final class SandboxReaper {

  private static final Logger LOG = LoggerFactory.getLogger(SandboxReaper.class);

  private final SandboxRuntime runtime;

  public SandboxReaper(SandboxRuntime runtime) {
    this.runtime = runtime;
  }

  /** Destroys what is not of this generation; gives how many. For the start. */
  public int reapEarlier(String generation, Deadline deadline) {
    return reap(sandbox -> !sandbox.generation().equals(generation), deadline);
  }

  /** Destroys everything of this owner; gives how many. For the end, after the pools are closed. */
  public int reapAll(Deadline deadline) {
    return reap(sandbox -> true, deadline);
  }

  /** One that cannot be destroyed keeps none of the others; the first failure is thrown. */
  private int reap(Predicate<OwnedSandbox> which, Deadline deadline) {
    List<OwnedSandbox> found = runtime.listOwned(deadline).stream().filter(which).toList();
    List<SandboxException> failures = new ArrayList<>();
    for (OwnedSandbox sandbox : found) {
      try {
        runtime.destroy(sandbox, deadline);
        LOG.info("Destroyed sandbox {} of generation {}", sandbox.id(), sandbox.generation());
      } catch (SandboxException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      SandboxException first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
    return found.size();
  }
}
