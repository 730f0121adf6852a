package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DockerConfigTest {

  @Test
  void theDefaultsAreTheUsualSocketAndOurRuntimeAndTheImagesEntryPoint() {
    assertThat(DockerConfig.of(Map.of(), "owner", "generation"))
        .isEqualTo(
            new DockerConfig(
                Path.of("/var/run/docker.sock"),
                "caisson-runsc",
                "owner",
                "generation",
                List.of()));
  }

  @Test
  void theSocketComesFromTheEnvironment() {
    assertThat(DockerConfig.of(Map.of("DOCKER_HOST", "unix:///run/x.sock"), "o", "g").socket())
        .isEqualTo(Path.of("/run/x.sock"));
  }

  @Test
  void anEngineOnAnotherMachineIsRefused() {
    assertThatThrownBy(() -> DockerConfig.of(Map.of("DOCKER_HOST", "tcp://host:2375"), "o", "g"))
        .hasMessage(
            "DOCKER_HOST is 'tcp://host:2375': only unix:///path works, the engine has to be on this machine");
  }

  @Test
  void runcIsNeverTheRuntime() {
    assertThatThrownBy(() -> new DockerConfig(Path.of("/s"), "runc", "o", "g", List.of()))
        .hasMessage("the runtime must be the name of gVisor on the engine, got 'runc'");
  }

  @Test
  void ownerAndGenerationAreNeeded() {
    assertThatThrownBy(() -> new DockerConfig(Path.of("/s"), "runsc", "", "g", List.of()))
        .hasMessage("owner and generation must not be blank");
    assertThatThrownBy(() -> new DockerConfig(Path.of("/s"), "runsc", "o", " ", List.of()))
        .hasMessage("owner and generation must not be blank");
  }
}
