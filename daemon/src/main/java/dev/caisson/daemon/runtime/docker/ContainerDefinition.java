package dev.caisson.daemon.runtime.docker;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.HealthCheck;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.runtime.SandboxSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What a sandbox is called on the engine and what it starts with: name, labels, environment,
 * streams. What it may take is {@link HostConfiguration}'s.
 */
final class ContainerDefinition {

  static final String OWNER_LABEL = "dev.caisson.owner";
  static final String GENERATION_LABEL = "dev.caisson.generation";
  static final String SANDBOX_LABEL = "dev.caisson.sandbox";
  static final String SHAPE_LABEL = "dev.caisson.shape";

  private final DockerConfig config;

  ContainerDefinition(DockerConfig config) {
    this.config = config;
  }

  static String nameOf(SandboxId id) {
    return "caisson-" + id;
  }

  /** Fills in the command. The image goes by id, so that a moved tag changes no running pool. */
  CreateContainerCmd apply(CreateContainerCmd command, SandboxSpec spec, String imageId) {
    if (!config.command().isEmpty()) {
      command.withEntrypoint(config.command());
    }
    return command
        .withName(nameOf(spec.id()))
        .withImage(imageId)
        .withLabels(labels(spec))
        .withUser(HostConfiguration.USER + ":" + HostConfiguration.USER)
        .withHostName("sandbox")
        .withWorkingDir("/workspace")
        .withEnv(environment(spec.shape()))
        .withNetworkDisabled(true)
        .withHealthcheck(new HealthCheck().withTest(List.of("NONE")))
        .withTty(false)
        .withStdinOpen(true)
        // The engine ends the sandbox's input when our attachment ends, as it does when the daemon
        // is killed; the agent ends with it.
        .withStdInOnce(true)
        .withAttachStdin(true)
        .withAttachStdout(true)
        .withAttachStderr(true)
        .withHostConfig(HostConfiguration.of(spec.shape().limits(), config.runtime()));
  }

  Map<String, String> labels(SandboxSpec spec) {
    return Map.of(
        OWNER_LABEL, config.owner(),
        GENERATION_LABEL, config.generation(),
        SANDBOX_LABEL, spec.id().value(),
        SHAPE_LABEL, digestOf(spec.shape()));
  }

  /** Everything the code finds in its environment; nothing of the daemon's own gets in. */
  static List<String> environment(SandboxShape shape) {
    return List.of(
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "HOME=/workspace",
        "LANG=C.UTF-8",
        "TZ=UTC",
        "USER=sandbox",
        "CAISSON_MEMORY_BYTES=" + shape.limits().memory().bytes());
  }

  /** A short name for the shape, equal for equal shapes in every daemon. */
  static String digestOf(SandboxShape shape) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(shape.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
