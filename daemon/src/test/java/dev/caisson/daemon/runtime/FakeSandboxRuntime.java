package dev.caisson.daemon.runtime;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The runtime in memory: each sandbox runs a {@link FakeProgram}. Passes the same contract as the
 * real ones.
 */
public final class FakeSandboxRuntime implements SandboxRuntime {

  /** The name of the image that is never there. */
  public static final String MISSING_IMAGE = "missing:latest";

  private final FakeEngine engine;
  private final String owner;
  private final String generation;
  private final Function<SandboxSpec, FakeProgram> programs;
  private final AtomicInteger creations = new AtomicInteger();

  /** A runtime with an engine of its own. */
  public FakeSandboxRuntime(Function<SandboxSpec, FakeProgram> programs) {
    this(new FakeEngine(), "fake-owner", "fake-generation", programs);
  }

  public FakeSandboxRuntime(
      FakeEngine engine,
      String owner,
      String generation,
      Function<SandboxSpec, FakeProgram> programs) {
    this.engine = engine;
    this.owner = owner;
    this.generation = generation;
    this.programs = programs;
  }

  /** How many were created so far. */
  public int creations() {
    return creations.get();
  }

  /** Those that are not destroyed yet. */
  public List<FakeSandbox> live() {
    return engine.entries().values().stream()
        .filter(entry -> entry.owner().equals(owner))
        .map(FakeEngine.Entry::sandbox)
        .toList();
  }

  @Override
  public RunningSandbox create(SandboxSpec spec, Deadline deadline) {
    if (deadline.passed()) {
      throw new SandboxException(ErrorCode.ENGINE_TIMED_OUT, "the fake engine had no time");
    }
    if (spec.shape().image().equals(MISSING_IMAGE)) {
      throw new SandboxException(ErrorCode.ENGINE_UNSUITABLE, "the fake engine has no such image");
    }
    SandboxId id = spec.id();
    FakeSandbox sandbox =
        new FakeSandbox(id, programs.apply(spec), () -> engine.entries().remove(id));
    engine.entries().put(id, new FakeEngine.Entry(sandbox, owner, generation));
    creations.incrementAndGet();
    sandbox.start();
    return sandbox;
  }

  @Override
  public List<OwnedSandbox> listOwned(Deadline deadline) {
    return engine.entries().entrySet().stream()
        .filter(entry -> entry.getValue().owner().equals(owner))
        .map(entry ->
            new OwnedSandbox(
                "fake-" + entry.getKey(), entry.getKey(), entry.getValue().generation()))
        .toList();
  }

  @Override
  public void destroy(OwnedSandbox sandbox, Deadline deadline) {
    Optional.ofNullable(engine.entries().get(sandbox.id()))
        .ifPresent(entry -> entry.sandbox().destroy(deadline));
  }

  @Override
  public void close() {}
}
