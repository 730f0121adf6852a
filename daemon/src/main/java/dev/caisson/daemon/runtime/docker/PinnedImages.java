package dev.caisson.daemon.runtime.docker;

import com.github.dockerjava.api.command.InspectImageResponse;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Which image each name stands for. Looked up once and kept: a tag that moves while the daemon runs
 * changes nothing until somebody asks for it, so all sandboxes of a pool are alike.
 */
final class PinnedImages {

  private final Engine engine;
  private final ConcurrentMap<String, String> ids = new ConcurrentHashMap<>();

  PinnedImages(Engine engine) {
    this.engine = engine;
  }

  /** The id of the image. The engine is asked the first time only. */
  String idOf(String name, Deadline deadline) {
    String known = ids.get(name);
    return known == null ? pin(name, name, deadline) : known;
  }

  /** Looks the reference up, again for a new build, and lets the name stand for what it finds. */
  String pin(String name, String reference, Deadline deadline) {
    InspectImageResponse image =
        engine
            .image(reference, deadline)
            .orElseThrow(() ->
                new SandboxException(
                    ErrorCode.ENGINE_UNSUITABLE,
                    "the engine has no image '" + reference + "': build it with ./caisson setup"));
    requireNoVolumes(name, image);
    String id = String.valueOf(image.getId());
    ids.put(name, id);
    return id;
  }

  /** The engine would make a folder of the host for each, writable and without a limit. */
  private static void requireNoVolumes(String name, InspectImageResponse image) {
    var config = image.getConfig();
    if (config != null && config.getVolumes() != null && !config.getVolumes().isEmpty()) {
      throw new SandboxException(
          ErrorCode.ENGINE_UNSUITABLE,
          "image '%s' declares the volumes %s: a sandbox has none"
              .formatted(name, config.getVolumes().keySet()));
    }
  }
}
