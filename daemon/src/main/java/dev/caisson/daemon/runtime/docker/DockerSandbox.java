package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.runtime.Fact;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxConnection;
import dev.caisson.daemon.runtime.SandboxDeath;
import dev.caisson.daemon.runtime.SandboxUsage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A started container.
 *
 * <p>Threads: safe for use by many. {@link #death} and {@link #destroy} call the engine on their
 * caller's thread; nothing else does.
 */
final class DockerSandbox implements RunningSandbox {

  private static final int KILLED = 137;
  private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

  private final SandboxId id;
  private final String container;
  private final AttachedStreams streams;
  private final SandboxCgroup cgroup;
  private final HostPosture posture;
  private final String make;
  private final MemoryDeathWatch memory;
  private final Engine engine;
  private final ContainerRemoval removal;
  private final CpuPlacement placement;

  /** Whether it has little weight until it is ready. */
  private final boolean givesWay;

  private volatile SandboxUsage lastUsage = SandboxUsage.UNKNOWN;

  DockerSandbox(
      SandboxId id,
      String container,
      AttachedStreams streams,
      HostPosture posture,
      String image,
      Engine engine,
      ContainerRemoval removal,
      CpuPlacement placement) {
    this.id = id;
    this.container = container;
    this.streams = streams;
    this.cgroup = posture.cgroup();
    this.posture = posture;
    this.make = image + " " + posture.make();
    this.memory = MemoryDeathWatch.over(cgroup);
    this.engine = engine;
    this.removal = removal;
    this.placement = placement;
    this.givesWay = cgroup.weigh(CpuWeight.WHILE_MADE);
  }

  @Override
  public SandboxId id() {
    return id;
  }

  @Override
  public SandboxConnection connection() {
    return streams;
  }

  @Override
  public SandboxUsage usage() {
    Optional<SandboxUsage> now = cgroup.usage();
    now.ifPresent(usage -> lastUsage = usage);
    return now.orElse(lastUsage);
  }

  @Override
  public Duration cpuTime() {
    return cgroup.cpuTime().orElseGet(() -> lastUsage.cpuTime());
  }

  @Override
  public void ready() {
    if (givesWay && !cgroup.weigh(CpuWeight.READY)) {
      throw new SandboxException(
          ErrorCode.ENGINE_FAILED,
          "container %s cannot be given its share of CPU: its control group can no longer be written"
              .formatted(container));
    }
    placement.watch(cgroup, posture.limits().cpu());
  }

  @Override
  public void runBegins() {
    placement.begins(cgroup);
  }

  @Override
  public String make() {
    return make;
  }

  @Override
  public List<Fact> posture() {
    return posture.facts();
  }

  @Override
  public SandboxDeath death(Deadline deadline) {
    boolean seenRunning = false;
    try {
      while (true) {
        Optional<Engine.Inspection> state = engine.inspect(container, deadline);
        if (state.isEmpty()) {
          return new SandboxDeath.Unknown("the engine does not know the container any more");
        }
        if (!state.get().running()) {
          return ended(state.get(), deadline);
        }
        seenRunning = true;
        if (deadline.remaining().toNanos() <= PAUSE_NANOS) {
          return new SandboxDeath.StillRunning();
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (SandboxException e) {
      return seenRunning && e.code() == ErrorCode.ENGINE_TIMED_OUT
          ? new SandboxDeath.StillRunning()
          : new SandboxDeath.Unknown(e.getMessage());
    }
  }

  /**
   * A kill for memory shows as an end by signal 9, which the code inside can bring about as well;
   * the kernel's and the engine's word tell the two apart.
   */
  private SandboxDeath ended(Engine.Inspection state, Deadline deadline) {
    boolean forMemory =
        state.exitStatus() == KILLED
            && (state.outOfMemory() || lastUsage.memoryKills() > 0 || memory.sawKill(deadline));
    return forMemory ? new SandboxDeath.OutOfMemory() : new SandboxDeath.Exited(state.exitStatus());
  }

  @Override
  public void destroy(Deadline deadline) {
    streams.close();
    memory.close();
    removal.remove(container, deadline);
    if (!SandboxProcesses.of(container).isEmpty()) {
      SandboxProcesses.kill(container);
      requireNoProcesses(deadline);
    }
  }

  private void requireNoProcesses(Deadline deadline) {
    while (!SandboxProcesses.of(container).isEmpty()) {
      if (deadline.passed()) {
        throw new SandboxException(
            ErrorCode.ENGINE_FAILED,
            "container " + container + " is removed and processes of it are left");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
