package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.Conversation;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxConnection.Origin;
import dev.caisson.daemon.runtime.SandboxDeath;
import dev.caisson.daemon.runtime.SandboxRuntime.OwnedSandbox;
import dev.caisson.daemon.runtime.Specs;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** What goes wrong around live sandboxes, on the real engine. */
@Timeout(90)
final class DockerSandboxFaultsTest {

  private final String owner = "test-" + UUID.randomUUID();
  private final DockerSandboxRuntime runtime = TestEngine.connect(owner, "first");

  @AfterEach
  void leaveNothing() {
    runtime.listOwned(soon()).forEach(sandbox -> runtime.destroy(sandbox, soon()));
    assertThat(runtime.listOwned(soon())).isEmpty();
    runtime.close();
  }

  @Test
  void aStoppedSandboxIsDestroyedAllTheSame() throws IOException, InterruptedException {
    RunningSandbox sandbox = create();
    assertThat(new Conversation(sandbox).ask("out up")).isEqualTo("up");
    String container = onlyContainer();
    List<ProcessHandle> processes = SandboxProcesses.of(container);
    assertThat(processes).hasSize(3);
    for (ProcessHandle process : processes) {
      if (isSentry(process)) {
        assertThat(new ProcessBuilder("kill", "-STOP", "" + process.pid()).start().waitFor())
            .isZero();
      }
    }
    sandbox.destroy(soon());
    assertThat(runtime.listOwned(soon())).isEmpty();
    await().until(() -> SandboxProcesses.of(container).isEmpty());
  }

  @Test
  void theSandboxOfAKilledDaemonEndsAndIsFoundByTheNext() throws IOException, InterruptedException {
    Process daemon =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                AttachHolder.class.getName(),
                owner)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String id;
    try (BufferedReader output = daemon.inputReader(StandardCharsets.UTF_8)) {
      id = output.readLine();
    } finally {
      daemon.destroyForcibly().waitFor();
    }
    await().until(() -> !TestEngine.inspect("caisson-" + id).at("/State/Running").asBoolean());
    assertThat(runtime.listOwned(soon()))
        .singleElement()
        .satisfies(found -> {
          assertThat(found.id().value()).isEqualTo(id);
          assertThat(found.generation()).isEqualTo("killed");
        });
  }

  @Test
  void aForeignContainerIsNeitherSeenNorTouched() {
    try (GenericContainer<?> foreign =
        new GenericContainer<>(DockerImageName.parse(Specs.IMAGE))
            .withImagePullPolicy(name -> false)
            .withCreateContainerCmdModifier(command ->
                command
                    .withEntrypoint("/usr/bin/python3.13", "-c", "input()")
                    .withStdinOpen(true))) {
      foreign.start();
      create();
      assertThat(runtime.listOwned(soon()))
          .extracting(OwnedSandbox::engineId)
          .doesNotContain(foreign.getContainerId());
      runtime.listOwned(soon()).forEach(sandbox -> runtime.destroy(sandbox, soon()));
      assertThat(foreign.isRunning()).isTrue();
    }
  }

  @Test
  void aProcessThatTheKernelKillsForMemoryIsCountedWhileTheSandboxLives() throws IOException {
    // The kernel picks the process or the whole sandbox; both are a death for memory.
    RunningSandbox sandbox = create();
    Conversation conversation = new Conversation(sandbox);
    conversation.say(
        "py import os\\npid = os.fork()\\nkept = []\\nwhile pid == 0: kept.append(b'x' * (1 << 20))\\nprint(os.waitpid(pid, 0)[1], flush=True)");
    try {
      assertThat(conversation.nextLine(Origin.WORKER)).isEqualTo("9");
      assertThat(sandbox.usage().memoryKills()).isPositive();
    } catch (IOException ended) {
      assertThat(sandbox.death(soon())).isEqualTo(new SandboxDeath.OutOfMemory());
    }
  }

  @Test
  void memoryDeathsAreToldOnABusyMachine() {
    List<SandboxDeath> deaths =
        IntStream.range(0, 4).mapToObj(i -> create()).toList().parallelStream()
            .map(DockerSandboxFaultsTest::dieForMemory)
            .toList();
    assertThat(deaths).hasSize(4).containsOnly(new SandboxDeath.OutOfMemory());
  }

  @Test
  void aRuntimeThatTheEngineDoesNotHaveIsRefused() {
    DockerConfig config =
        new DockerConfig(TestEngine.socket(), "no-such-runsc", owner, "first", List.of());
    assertThatThrownBy(() -> DockerSandboxRuntime.connect(config, soon()))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ENGINE_UNSUITABLE))
        .hasMessageContaining("has no runtime 'no-such-runsc'")
        .hasMessageContaining("./caisson doctor");
  }

  private static SandboxDeath dieForMemory(RunningSandbox sandbox) {
    try {
      Conversation conversation = new Conversation(sandbox);
      conversation.say("oom");
      assertThat(conversation.rest(Origin.WORKER)).isEmpty();
      return sandbox.death(soon());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private String onlyContainer() {
    return runtime.listOwned(soon()).getFirst().engineId();
  }

  private static boolean isSentry(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", "" + process.pid(), "cmdline"))
          .startsWith("runsc-sandbox");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private RunningSandbox create() {
    return runtime.create(Specs.spec(), soon());
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }
}
