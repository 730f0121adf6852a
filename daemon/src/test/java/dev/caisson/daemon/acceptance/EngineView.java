package dev.caisson.daemon.acceptance;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What the engine has of our sandboxes, running or not, seen past the daemon. */
public final class EngineView {

  private EngineView() {}

  /** The containers of one sandbox: none or one. */
  public static List<Container> sandbox(String id) {
    return labelled("dev.caisson.sandbox", id);
  }

  /** The containers of whatever daemon serves, or served, this socket. */
  public static List<Container> owned(Path socket) {
    return labelled("dev.caisson.owner", owner(socket));
  }

  /** The containers of one life of a daemon. */
  public static List<Container> ofGeneration(String generation) {
    return labelled("dev.caisson.generation", generation);
  }

  private static List<Container> labelled(String label, String value) {
    return ask(engine ->
        engine.listContainersCmd().withShowAll(true).withLabelFilter(Map.of(label, value)).exec());
  }

  /** Asks the engine something, on a connection of its own. */
  public static <T> T ask(Function<DockerClient, T> question) {
    DefaultDockerClientConfig config =
        DefaultDockerClientConfig.createDefaultConfigBuilder().build();
    try (var http =
            new ApacheDockerHttpClient.Builder().dockerHost(config.getDockerHost()).build();
        var engine = DockerClientImpl.getInstance(config, http)) {
      return question.apply(engine);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** As the daemon computes it; written down anew so that a change of it is noticed. */
  private static String owner(Path socket) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  socket.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
