package dev.caisson.daemon.runtime.docker;

import com.github.dockerjava.api.command.InspectImageResponse;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.OwnImage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Which image each name stands for. Looked up once and kept: a tag that moves while the daemon runs
 * changes nothing until somebody asks for it, so all sandboxes of a pool are alike. One that the
 * engine did not have is looked up again each time it is asked for.
 */
final class PinnedImages {

  private final Engine engine;
  private final ConcurrentMap<String, String> references = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, String> ids = new ConcurrentHashMap<>();

  PinnedImages(Engine engine) {
    this.engine = engine;
  }

  /** The id of the image. The engine is asked until it had it once. */
  String idOf(String name, Deadline deadline) {
    String known = ids.get(name);
    return known == null ? pin(name, references.getOrDefault(name, name), deadline) : known;
  }

  /** Looks the reference up, again for a new build, and lets the name stand for what it finds. */
  String pin(String name, String reference, Deadline deadline) {
    references.put(name, reference);
    InspectImageResponse image =
        engine
            .image(reference, deadline)
            .orElseThrow(() ->
                new SandboxException(
                    ErrorCode.ENGINE_UNSUITABLE,
                    "the engine has no image '%s': %s".formatted(reference, mending(name))));
    requireNoVolumes(name, image);
    String id = String.valueOf(image.getId());
    ids.put(name, id);
    return id;
  }

  private static String mending(String name) {
    return OwnImage.of(name)
        .map(own -> "build it with " + own.command())
        .orElse("build it, or name another as sandbox.image in the policy");
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
