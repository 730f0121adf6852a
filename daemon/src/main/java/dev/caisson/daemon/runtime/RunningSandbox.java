package dev.caisson.daemon.runtime;

import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import java.time.Duration;
import java.util.List;

/** One sandbox that was started. Owned by whoever created it until it is destroyed. */
public interface RunningSandbox {

  SandboxId id();

  /** Its streams. The same object each time. */
  SandboxConnection connection();

  /**
   * What it has taken so far, read from the cgroup. Once the sandbox has died its cgroup is gone:
   * then the last reading, so whoever wants exact figures asks before the end. Zeros where nothing
   * could ever be read.
   */
  SandboxUsage usage();

  /** The CPU time of {@link #usage} alone, which costs less to read. */
  Duration cpuTime();

  /**
   * Gives it its full share of CPU. Until then it gives way to sandboxes that are ready, where the
   * host lets it: making one takes much of a core. Called once, when it can take a run.
   *
   * @throws dev.caisson.daemon.error.SandboxException when that is not possible any more
   */
  void ready();

  /**
   * A run begins in it. A sandbox that had the host to itself until now is kept from holding it up,
   * where the host lets that be done. Costs next to nothing.
   */
  void runBegins();

  /**
   * What it was made by and how: equal for sandboxes that are alike in all but their limits. What
   * was proven of one of them is proven of all.
   */
  String make();

  /** What the host sees of it, each beside what should be so. For a sandbox that runs. */
  List<Fact> posture();

  /**
   * How it died. Asked after the connection has ended and before {@link #destroy}; waits until the
   * deadline for the engine to know.
   */
  SandboxDeath death(Deadline deadline);

  /**
   * Kills and removes it, whatever state it is in. Idempotent. Ends by the deadline; when the
   * engine hangs, the last step kills the processes of this sandbox by pid. Throws when something
   * of it is left.
   */
  void destroy(Deadline deadline);
}
