package dev.caisson.daemon.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.CommandProgram;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The engine of this machine, as tests use it. */
public final class TestEngine {

  private TestEngine() {}

  /** A runtime whose sandboxes run {@link CommandProgram#PYTHON}. */
  public static DockerSandboxRuntime connect(String owner, String generation) {
    return DockerSandboxRuntime.connect(config(owner, generation), soon());
  }

  /** A runtime whose sandboxes run the agent. */
  public static DockerSandboxRuntime connectAgent(String owner) {
    return DockerSandboxRuntime.connect(
        new DockerConfig(socket(), DockerConfig.DEFAULT_RUNTIME, owner, "first", List.of()),
        soon());
  }

  static DockerConfig config(String owner, String generation) {
    return config(socket(), owner, generation);
  }

  static DockerConfig config(Path socket, String owner, String generation) {
    return new DockerConfig(
        socket, DockerConfig.DEFAULT_RUNTIME, owner, generation, CommandProgram.PYTHON);
  }

  static Path socket() {
    return DockerConfig.socketOf(System.getenv().getOrDefault("DOCKER_HOST", ""));
  }

  /** What the engine says of a container, word for word. */
  static JsonNode inspect(String container) {
    DockerHttpClient.Request request =
        DockerHttpClient.Request.builder()
            .method(DockerHttpClient.Request.Method.GET)
            .path("/v1.41/containers/" + container + "/json")
            .build();
    try (DockerHttpClient http =
            new ApacheDockerHttpClient.Builder()
                .dockerHost(URI.create("unix://" + socket()))
                .build();
        DockerHttpClient.Response response = http.execute(request)) {
      return new ObjectMapper().readTree(response.getBody());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }
}
