package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How the daemon uses its Docker engine.
 *
 * @param socket the engine's Unix socket
 * @param runtime the name under which gVisor is registered on the engine. Never a name of runc:
 *     every sandbox is inspected after its start and refused when it runs under another
 * @param owner whose sandboxes these are: two daemons with different owners on one engine never
 *     touch each other's
 * @param generation random, new at every start of the daemon; tells its sandboxes from those of
 *     earlier starts
 * @param command what runs in a sandbox; empty for the image's own entry point, the agent
 */
public record DockerConfig(
    Path socket, String runtime, String owner, String generation, List<String> command) {

  public static final Path DEFAULT_SOCKET = Path.of("/var/run/docker.sock");
  public static final String DEFAULT_RUNTIME = "caisson-runsc";

  public DockerConfig {
    command = List.copyOf(command);
    if (owner.isBlank() || generation.isBlank()) {
      throw new IllegalArgumentException("owner and generation must not be blank");
    }
    if (runtime.isBlank() || runtime.equals("runc")) {
      throw new IllegalArgumentException(
          "the runtime must be the name of gVisor on the engine, got '" + runtime + "'");
    }
  }

  /** The defaults, on the engine that {@code DOCKER_HOST} names. */
  public static DockerConfig of(Map<String, String> environment, String owner, String generation) {
    return new DockerConfig(
        socketOf(environment.getOrDefault("DOCKER_HOST", "")),
        DEFAULT_RUNTIME,
        owner,
        generation,
        List.of());
  }

  /**
   * The socket that a value of {@code DOCKER_HOST} names; empty is the default one. Only Unix
   * sockets: over TCP the cgroup of a sandbox and its processes would be on another machine.
   */
  static Path socketOf(String dockerHost) {
    if (dockerHost.isBlank()) {
      return DEFAULT_SOCKET;
    }
    if (!dockerHost.startsWith("unix:///")) {
      throw new SandboxException(
          ErrorCode.INVALID_CONFIGURATION,
          "DOCKER_HOST is '"
              + dockerHost
              + "': only unix:///path works, the engine has to be on this machine");
    }
    return Path.of(dockerHost.substring("unix://".length()));
  }
}
