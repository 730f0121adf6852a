package dev.caisson.daemon.config;

import dev.caisson.daemon.model.OwnImage;
import java.nio.file.Path;

/**
 * The container engine.
 *
 * @param socket its Unix socket; an engine elsewhere would have its cgroups elsewhere too
 * @param runtime the name under which gVisor is registered on it, never runc
 * @param baseImage what "caisson/base:latest" in a policy stands for: the launcher names the image
 *     of its own checkout, because "latest" is whichever was built last
 * @param dataImage what "caisson/data:latest" stands for, in the same way; it may be missing
 * @param unsafeVersions whether to serve with a gVisor or an engine that is known to be unsafe
 */
public record EngineConfig(
    Path socket,
    String runtime,
    String baseImage,
    String dataImage,
    UnsafeVersions unsafeVersions) {

  public static final EngineConfig DEFAULT =
      new EngineConfig(
          Path.of("/var/run/docker.sock"),
          "caisson-runsc",
          OwnImage.BASE.text(),
          OwnImage.DATA.text(),
          UnsafeVersions.REFUSE);

  public EngineConfig {
    if (runtime.isBlank() || runtime.contains("runc")) {
      throw new IllegalArgumentException(
          "the runtime must be the name of gVisor on the engine, got '" + runtime + "'");
    }
  }

  /** What the engine is asked for when a policy names this image. */
  public String referenceOf(String image) {
    return OwnImage.of(image)
        .map(own ->
            switch (own) {
              case BASE -> baseImage;
              case DATA -> dataImage;
            })
        .orElse(image);
  }
}
