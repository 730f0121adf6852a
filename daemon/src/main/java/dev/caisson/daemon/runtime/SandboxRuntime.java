package dev.caisson.daemon.runtime;

import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import java.util.List;

/**
 * Creates and destroys sandboxes. Docker with gVisor is the first adapter; others follow behind the
 * same contract suite.
 *
 * <p>Every call ends by its deadline, with {@code ENGINE_TIMED_OUT} when the engine did not answer.
 * Safe for use by many threads; destroying never waits behind creating.
 */
public interface SandboxRuntime extends AutoCloseable {

  /**
   * Creates a sandbox, attaches to its streams and starts it, in that order. On any failure nothing
   * of the sandbox is left.
   */
  RunningSandbox create(SandboxSpec spec, Deadline deadline);

  /** What this owner has on the engine, from this process and from earlier ones, running or not. */
  List<OwnedSandbox> listOwned(Deadline deadline);

  /** Destroys one that {@link #listOwned} gave. Destroying what is gone already succeeds. */
  void destroy(OwnedSandbox sandbox, Deadline deadline);

  /** Closes the connections to the engine; sandboxes stay. */
  @Override
  void close();

  /**
   * A sandbox found on the engine.
   *
   * @param engineId the engine's name for it
   * @param id our id, from its label
   * @param generation which start of the daemon made it
   */
  record OwnedSandbox(String engineId, SandboxId id, String generation) {}
}
