package dev.caisson.daemon.runtime.docker;

import com.github.dockerjava.api.model.Container;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxRuntime;
import dev.caisson.daemon.runtime.SandboxSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Sandboxes as containers of a Docker engine under gVisor, one container each.
 *
 * <p>Threads: safe for use by many; each call works on its caller's thread, and each call to the
 * engine within it on a virtual thread of its own. What failed creations may have left is removed
 * on a virtual thread of {@link AbandonedCreations}.
 */
public final class DockerSandboxRuntime implements SandboxRuntime {

  private static final Duration CLEAN_UP = Duration.ofSeconds(10);

  private final DockerConfig config;
  private final Engine engine;
  private final ContainerDefinition definition;
  private final PinnedImages images;
  private final ContainerRemoval removal;
  private final AbandonedCreations abandoned;
  private final CpuPlacement placement = new CpuPlacement(Ticker.SYSTEM);

  private DockerSandboxRuntime(DockerConfig config, Engine engine) {
    this.config = config;
    this.engine = engine;
    this.definition = new ContainerDefinition(config);
    this.images = new PinnedImages(engine);
    this.removal = new ContainerRemoval(engine);
    this.abandoned = new AbandonedCreations(removal);
  }

  /**
   * Connects to the engine and checks that it has gVisor.
   *
   * @throws SandboxException {@code ENGINE_FAILED} when it cannot be reached, {@code
   *     ENGINE_UNSUITABLE} when it lacks what isolation needs
   */
  public static DockerSandboxRuntime connect(DockerConfig config, Deadline deadline) {
    DockerSandboxRuntime runtime =
        new DockerSandboxRuntime(config, Engine.connect(config.socket(), deadline));
    try {
      runtime.requireGvisor(deadline);
      return runtime;
    } catch (RuntimeException e) {
      runtime.close();
      throw e;
    }
  }

  /** What is known to be unsafe about the versions of the engine and of gVisor, in words. */
  public List<String> unsafeVersions(Deadline deadline) {
    Engine.Programs programs = engine.programs(config.runtime(), deadline);
    return SafeVersions.problems(SafeVersions.askRunsc(programs.runtimePath()), programs.version());
  }

  /**
   * Checks that the engine has an image, and pins what it stands for from now on.
   *
   * @param name how specifications call it
   * @param reference what the engine is asked for
   */
  public void pinImage(String name, String reference, Deadline deadline) {
    images.pin(name, reference, deadline);
  }

  /**
   * Checks that the engine has an image, unless it had it before.
   *
   * @throws SandboxException {@code ENGINE_UNSUITABLE} when it has not
   */
  public void requireImage(String name, Deadline deadline) {
    images.idOf(name, deadline);
  }

  @Override
  public RunningSandbox create(SandboxSpec spec, Deadline deadline) {
    String image = images.idOf(spec.shape().image(), deadline);
    try {
      String container = createContainer(spec, image, deadline);
      return startAttached(spec, container, image, deadline);
    } catch (RuntimeException e) {
      abandoned.remove(ContainerDefinition.nameOf(spec.id()));
      throw e;
    }
  }

  @Override
  public List<OwnedSandbox> listOwned(Deadline deadline) {
    return engine.labelled(ContainerDefinition.OWNER_LABEL, config.owner(), deadline).stream()
        .map(DockerSandboxRuntime::owned)
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public void destroy(OwnedSandbox sandbox, Deadline deadline) {
    removal.remove(sandbox.engineId(), deadline);
  }

  @Override
  public void close() {
    placement.close();
    abandoned.close(Deadline.after(CLEAN_UP));
    engine.close();
  }

  private void requireGvisor(Deadline deadline) {
    Set<String> runtimes = engine.runtimes(deadline);
    if (!runtimes.contains(config.runtime())) {
      throw new SandboxException(
          ErrorCode.ENGINE_UNSUITABLE,
          "the engine at %s has no runtime '%s' (it has %s): run ./caisson doctor, which says how to register gVisor"
              .formatted(config.socket(), config.runtime(), runtimes.stream().sorted().toList()));
    }
  }

  private String createContainer(SandboxSpec spec, String image, Deadline deadline) {
    return engine.create(command -> definition.apply(command, spec, image), deadline);
  }

  private RunningSandbox startAttached(
      SandboxSpec spec, String container, String image, Deadline deadline) {
    AttachedStreams streams =
        EngineCall.within(
            deadline,
            "to attach to container " + container,
            () -> AttachedStreams.attach(engine.socket(), engine.version(), container));
    try {
      engine.start(container, deadline);
      Engine.Inspection state = requireIsolated(container, deadline);
      HostPosture posture =
          new HostPosture(
              container,
              state.pid(),
              spec.shape().limits(),
              SandboxCgroup.ofProcess(state.pid(), container),
              config.runtime(),
              state.host());
      return new DockerSandbox(
          spec.id(), container, streams, posture, image, engine, removal, placement);
    } catch (RuntimeException e) {
      streams.close();
      throw e;
    }
  }

  /** The engine's own word that this is gVisor. Without it nothing runs, for any reason. */
  private Engine.Inspection requireIsolated(String container, Deadline deadline) {
    Engine.Inspection state =
        engine
            .inspect(container, deadline)
            .orElseThrow(() ->
                new SandboxException(
                    ErrorCode.ENGINE_FAILED,
                    "container " + container + " was gone right after its start"));
    if (!state.runtime().equals(config.runtime())) {
      throw new SandboxException(
          ErrorCode.ENGINE_UNSUITABLE,
          "container %s runs under '%s' and not under '%s'"
              .formatted(container, state.runtime(), config.runtime()));
    }
    return state;
  }

  /** Empty for a container with our owner label and no proper id: not made by us. */
  private static Optional<OwnedSandbox> owned(Container container) {
    Map<String, String> labels = container.getLabels();
    String id = labels.getOrDefault(ContainerDefinition.SANDBOX_LABEL, "");
    if (!SandboxId.isValid(id)) {
      return Optional.empty();
    }
    return Optional.of(
        new OwnedSandbox(
            container.getId(),
            new SandboxId(id),
            labels.getOrDefault(ContainerDefinition.GENERATION_LABEL, "")));
  }
}
