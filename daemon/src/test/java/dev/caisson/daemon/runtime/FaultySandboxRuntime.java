package dev.caisson.daemon.runtime;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import java.time.Duration;
import java.util.List;

/** Decorator for a runtime whose creations and destructions fail as two scripts say. */
public final class FaultySandboxRuntime implements SandboxRuntime {

  private final SandboxRuntime base;
  private final ScriptedFaults creations;
  private final ScriptedFaults destructions;

  public FaultySandboxRuntime(SandboxRuntime base, String creations, String destructions) {
    this.base = base;
    this.creations = new ScriptedFaults(creations);
    this.destructions = new ScriptedFaults(destructions);
  }

  @Override
  public RunningSandbox create(SandboxSpec spec, Deadline deadline) {
    failIfScripted(creations, "creation");
    return new FaultySandbox(base.create(spec, deadline));
  }

  @Override
  public List<OwnedSandbox> listOwned(Deadline deadline) {
    return base.listOwned(deadline);
  }

  @Override
  public void destroy(OwnedSandbox sandbox, Deadline deadline) {
    failIfScripted(destructions, "destruction");
    base.destroy(sandbox, deadline);
  }

  @Override
  public void close() {
    base.close();
  }

  private static void failIfScripted(ScriptedFaults faults, String what) {
    faults
        .next()
        .ifPresent(code -> {
          throw new SandboxException(code, "a scripted " + what + " fault");
        });
  }

  private final class FaultySandbox implements RunningSandbox {

    private final RunningSandbox sandbox;

    FaultySandbox(RunningSandbox sandbox) {
      this.sandbox = sandbox;
    }

    @Override
    public SandboxId id() {
      return sandbox.id();
    }

    @Override
    public SandboxConnection connection() {
      return sandbox.connection();
    }

    @Override
    public SandboxUsage usage() {
      return sandbox.usage();
    }

    @Override
    public void ready() {
      sandbox.ready();
    }

    @Override
    public Duration cpuTime() {
      return sandbox.cpuTime();
    }

    @Override
    public void runBegins() {
      sandbox.runBegins();
    }

    @Override
    public String make() {
      return sandbox.make();
    }

    @Override
    public List<Fact> posture() {
      return sandbox.posture();
    }

    @Override
    public SandboxDeath death(Deadline deadline) {
      return sandbox.death(deadline);
    }

    @Override
    public void destroy(Deadline deadline) {
      failIfScripted(destructions, "destruction");
      sandbox.destroy(deadline);
    }
  }
}
