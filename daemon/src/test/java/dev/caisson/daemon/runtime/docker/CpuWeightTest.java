package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The share of CPU of a live sandbox, as the kernel has it. */
@Timeout(60)
final class CpuWeightTest {

  @Test
  void aSandboxGivesWayUntilItIsReady() throws IOException {
    try (DockerSandboxRuntime runtime = TestEngine.connect("test-" + UUID.randomUUID(), "first")) {
      RunningSandbox sandbox = runtime.create(Specs.spec(), TestEngine.soon());
      try {
        assertThat(weight(sandbox)).isIn("64", "6");

        sandbox.ready();

        assertThat(weight(sandbox)).isIn("1024", "100");
      } finally {
        sandbox.destroy(TestEngine.soon());
      }
    }
  }

  private static String weight(RunningSandbox sandbox) throws IOException {
    JsonNode container = TestEngine.inspect(ContainerDefinition.nameOf(sandbox.id()));
    SandboxCgroup group =
        SandboxCgroup.ofProcess(
            container.get("State").get("Pid").asLong(), container.get("Id").asText());
    Path file =
        switch (group) {
          case SandboxCgroup.Version1 one -> one.share().resolve("cpu.shares");
          case SandboxCgroup.Version2 two -> two.group().resolve("cpu.weight");
          case SandboxCgroup.Unreadable unreadable -> throw new AssertionError("no control group");
        };
    return Files.readString(file).strip();
  }
}
