package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caisson.daemon.runtime.Conversation;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The CPUs of live sandboxes, as the kernel has them. */
@Timeout(60)
final class SandboxCpuTest {

  @Test
  void readySandboxesAreKeptOnOneCpuEach() {
    try (DockerSandboxRuntime runtime = TestEngine.connect("test-" + UUID.randomUUID(), "first")) {
      RunningSandbox first = runtime.create(Specs.spec(), TestEngine.soon());
      try {
        RunningSandbox second = runtime.create(Specs.spec(), TestEngine.soon());
        try {
          Optional<List<Integer>> whole = cpus(first);
          first.ready();
          second.ready();

          // None where the engine leaves the controller out; then they are left alone.
          int several = Math.min(2, whole.map(List::size).orElse(0));
          assertThat(Stream.of(first, second).flatMap(one -> cpus(one).stream()).distinct())
              .hasSize(several)
              .allSatisfy(cpus -> assertThat(cpus).hasSize(1));
        } finally {
          second.destroy(TestEngine.soon());
        }
      } finally {
        first.destroy(TestEngine.soon());
      }
    }
  }

  @Test
  void whoIsAloneHasAllOfThemUntilARunBeginsElsewhere() throws IOException {
    try (DockerSandboxRuntime runtime = TestEngine.connect("test-" + UUID.randomUUID(), "alone")) {
      RunningSandbox lone = runtime.create(Specs.spec(), TestEngine.soon());
      try {
        RunningSandbox other = runtime.create(Specs.spec(), TestEngine.soon());
        try {
          Optional<List<Integer>> whole = cpus(lone);
          lone.ready();
          other.ready();
          Optional<List<Integer>> one = cpus(lone);

          lone.runBegins();
          new Conversation(lone).say("py while True: pass");
          await().atMost(Solitude.QUIET.multipliedBy(3)).until(() -> cpus(lone).equals(whole));

          other.runBegins();
          assertThat(cpus(lone)).isEqualTo(one);
        } finally {
          other.destroy(TestEngine.soon());
        }
      } finally {
        lone.destroy(TestEngine.soon());
      }
    }
  }

  private static Optional<List<Integer>> cpus(RunningSandbox sandbox) {
    JsonNode container = TestEngine.inspect(ContainerDefinition.nameOf(sandbox.id()));
    return CpuSet.of(
            SandboxCgroup.ofProcess(
                container.get("State").get("Pid").asLong(), container.get("Id").asText()))
        .map(CpuSet::cpus);
  }
}
