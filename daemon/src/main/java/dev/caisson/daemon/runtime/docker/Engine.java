package dev.caisson.daemon.runtime.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

/**
 * The control calls of one Docker engine, each ending by its deadline.
 *
 * <p>Creating and controlling have connections of their own, so that creations which hang in the
 * engine never keep a kill from being sent. Calls that may be repeated without harm are tried a
 * second time when the connection failed: an idle one does not survive a restart of the engine.
 *
 * <p>Threads: safe for use by many; each call runs on a virtual thread of its own ({@link
 * EngineCall}).
 */
final class Engine implements AutoCloseable {

  private final Path socket;
  private final ApiVersion version;
  private final DockerClient creating;
  private final DockerClient controlling;

  private Engine(Path socket, ApiVersion version) {
    this.socket = socket;
    this.version = version;
    this.creating = client(socket, version);
    this.controlling = client(socket, version);
  }

  /** Asks the engine which versions it speaks, and connects with the best of them. */
  static Engine connect(Path socket, Deadline deadline) {
    String newest = EngineCall.within(deadline, "for its API version", () -> pingedVersion(socket));
    return new Engine(socket, ApiVersion.parse(newest).negotiated());
  }

  Path socket() {
    return socket;
  }

  ApiVersion version() {
    return version;
  }

  /** The names of the runtimes that are registered on the engine. */
  Set<String> runtimes(Deadline deadline) {
    return control(
        deadline,
        "which runtimes it has",
        () -> {
          var runtimes = controlling.infoCmd().exec().getRuntimes();
          return runtimes == null ? Set.of() : Set.copyOf(runtimes.keySet());
        });
  }

  /** The version of the engine, and the program of the runtime with this name. */
  Programs programs(String runtime, Deadline deadline) {
    return control(
        deadline,
        "for its version",
        () -> {
          var info = controlling.infoCmd().exec();
          return new Programs(
              String.valueOf(info.getServerVersion()),
              info.getRawValues().get("Runtimes") instanceof Map<?, ?> runtimes
                      && runtimes.get(runtime) instanceof Map<?, ?> registered
                  ? String.valueOf(registered.get("path"))
                  : "");
        });
  }

  /** What the engine is made of. */
  record Programs(String version, String runtimePath) {}

  /** The image under this name; empty when the engine has none. */
  Optional<InspectImageResponse> image(String name, Deadline deadline) {
    return found(() ->
        control(
            deadline,
            "for the image '" + name + "'",
            () -> controlling.inspectImageCmd(name).exec()));
  }

  /** Creates a container and gives the engine's id for it. */
  String create(UnaryOperator<CreateContainerCmd> definition, Deadline deadline) {
    return EngineCall.within(
        deadline,
        "to create a container",
        () -> definition.apply(creating.createContainerCmd("")).exec().getId());
  }

  void start(String container, Deadline deadline) {
    EngineCall.within(
        deadline,
        "to start container " + container,
        () -> creating.startContainerCmd(container).exec());
  }

  /** What the engine says of a container; empty when it knows none of this name or id. */
  Optional<Inspection> inspect(String container, Deadline deadline) {
    return found(() ->
        control(
            deadline,
            "for the state of container " + container,
            () -> Inspection.of(controlling.inspectContainerCmd(container).exec())));
  }

  /**
   * Kills and removes a container with its volumes. Empty of effect when there is none. While
   * another removal is under way the engine refuses, and so does this.
   */
  void remove(String container, Deadline deadline) {
    found(() ->
        control(
            deadline,
            "to remove container " + container,
            () -> {
              controlling
                  .removeContainerCmd(container)
                  .withForce(true)
                  .withRemoveVolumes(true)
                  .exec();
              return container;
            }));
  }

  /** All containers that carry the label with this value, running or not. */
  List<Container> labelled(String label, String value, Deadline deadline) {
    return control(
        deadline,
        "for the containers labelled " + label + "=" + value,
        () ->
            List.copyOf(
                controlling
                    .listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(Map.of(label, value))
                    .exec()));
  }

  @Override
  public void close() {
    try (creating;
        controlling) {
      // Closed in both cases, whatever the first close throws.
    } catch (IOException e) {
      throw new SandboxException(
          ErrorCode.ENGINE_FAILED, "the connections to the engine could not be closed", e);
    }
  }

  private static <T> T control(Deadline deadline, String what, Callable<T> call) {
    try {
      return EngineCall.within(deadline, what, call);
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.ENGINE_FAILED
          || !EngineCall.isConnectionFailure(e)
          || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return EngineCall.within(deadline, what, call);
    }
  }

  private static <T> Optional<T> found(Callable<T> call) {
    try {
      return Optional.of(call.call());
    } catch (SandboxException e) {
      if (EngineCall.hasStatus(e, 404)) {
        return Optional.empty();
      }
      throw e;
    } catch (Exception e) {
      throw new SandboxException(ErrorCode.INTERNAL, "a call to the engine threw " + e, e);
    }
  }

  private static String pingedVersion(Path socket) throws IOException {
    DockerHttpClient.Request ping =
        DockerHttpClient.Request.builder()
            .method(DockerHttpClient.Request.Method.GET)
            .path("/_ping")
            .build();
    try (DockerHttpClient http = transport(socket);
        DockerHttpClient.Response response = http.execute(ping)) {
      return Objects.requireNonNullElse(response.getHeader("Api-Version"), "none");
    }
  }

  private static DockerClient client(Path socket, ApiVersion version) {
    return DockerClientImpl.getInstance(
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost("unix://" + socket)
            .withDockerTlsVerify(false)
            .withApiVersion(version.toString())
            .build(),
        transport(socket));
  }

  private static DockerHttpClient transport(Path socket) {
    return new ApacheDockerHttpClient.Builder().dockerHost(URI.create("unix://" + socket)).build();
  }

  /**
   * What the engine says of one container.
   *
   * @param pid the sandbox's process on the host; 0 when it does not run
   * @param exitStatus how it ended; 0 while it runs
   * @param outOfMemory true when the engine saw the kernel kill in it for memory; under load it
   *     misses some
   * @param host the configuration that it has, as the engine tells it: not typed, because that
   *     would lose what the library does not know
   */
  record Inspection(
      String id,
      String runtime,
      boolean running,
      long pid,
      int exitStatus,
      boolean outOfMemory,
      Object host) {

    static Inspection of(InspectContainerResponse response) {
      ContainerState state = response.getState();
      return new Inspection(
          response.getId(),
          Objects.requireNonNullElse(response.getHostConfig().getRuntime(), ""),
          Boolean.TRUE.equals(state.getRunning()),
          Objects.requireNonNullElse(state.getPidLong(), 0L),
          Math.toIntExact(Objects.requireNonNullElse(state.getExitCodeLong(), 0L)),
          Boolean.TRUE.equals(state.getOOMKilled()),
          Objects.requireNonNullElse(response.getRawValues().get("HostConfig"), Map.of()));
    }
  }
}
