package dev.caisson.daemon.config;

import java.nio.file.Path;

/**
 * The container engine.
 *
 * @param socket its Unix socket; an engine elsewhere would have its cgroups elsewhere too
 * @param runtime the name under which gVisor is registered on it, never runc
 */
public record EngineConfig(Path socket, String runtime) {

  public static final EngineConfig DEFAULT =
      new EngineConfig(Path.of("/var/run/docker.sock"), "caisson-runsc");

  public EngineConfig {
    if (runtime.isBlank() || runtime.contains("runc")) {
      throw new IllegalArgumentException(
          "the runtime must be the name of gVisor on the engine, got '" + runtime + "'");
    }
  }
}
