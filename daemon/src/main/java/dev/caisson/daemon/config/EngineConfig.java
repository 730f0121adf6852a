package dev.caisson.daemon.config;

import java.nio.file.Path;

/**
 * The container engine.
 *
 * @param socket its Unix socket; an engine elsewhere would have its cgroups elsewhere too
 * @param runtime the name under which gVisor is registered on it, never runc
 * @param baseImage what "caisson/base:latest" in a policy stands for: the launcher names the image
 *     of its own checkout, because "latest" is whichever was built last
 * @param unsafeVersions whether to serve with a gVisor or an engine that is known to be unsafe
 */
public record EngineConfig(
    Path socket, String runtime, String baseImage, UnsafeVersions unsafeVersions) {

  /** How policies call the image that the set-up builds. */
  public static final String BASE_IMAGE = "caisson/base:latest";

  public static final EngineConfig DEFAULT =
      new EngineConfig(
          Path.of("/var/run/docker.sock"), "caisson-runsc", BASE_IMAGE, UnsafeVersions.REFUSE);

  public EngineConfig {
    if (runtime.isBlank() || runtime.contains("runc")) {
      throw new IllegalArgumentException(
          "the runtime must be the name of gVisor on the engine, got '" + runtime + "'");
    }
  }
}
