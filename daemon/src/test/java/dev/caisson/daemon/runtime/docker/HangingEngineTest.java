package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.runtime.SandboxRuntime.OwnedSandbox;
import dev.caisson.daemon.runtime.SandboxSpec;
import dev.caisson.daemon.runtime.Specs;
import dev.caisson.daemon.runtime.docker.ScriptedEngine.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An engine that does not answer holds nobody up. */
@Timeout(60)
final class HangingEngineTest {

  private static final Deadline SOON = Deadline.after(Duration.ofSeconds(60));
  private static final String CONTAINER = "c0ffee".repeat(10);

  @Test
  void connectingToAnEngineThatNeverAnswersEndsByItsDeadline() throws IOException {
    try (ScriptedEngine engine = new ScriptedEngine(request -> Optional.empty())) {
      assertFails(
          ErrorCode.ENGINE_TIMED_OUT,
          "the engine was asked for its API version and did not answer in time",
          () ->
              DockerSandboxRuntime.connect(config(engine), Deadline.after(Duration.ofMillis(100))));
    }
  }

  @Test
  void anEngineThatIsNotThereIsSaid() {
    DockerConfig config = TestEngine.config(Path.of("/no/such/engine.sock"), "o", "g");
    assertThatThrownBy(() -> DockerSandboxRuntime.connect(config, SOON))
        .isInstanceOfSatisfying(
            SandboxException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ENGINE_FAILED))
        .hasMessageStartingWith(
            "the engine was asked for its API version and could not be reached");
  }

  @Test
  void anAbandonedCreationThatSucceedsLateIsRemovedByName() throws IOException {
    SandboxId id = Specs.newId();
    AtomicInteger looks = new AtomicInteger();
    try (ScriptedEngine engine =
            new ScriptedEngine(request -> {
              if (request.equals("POST /containers/create")) {
                return Optional.empty();
              }
              if (request.equals("GET /containers/caisson-" + id + "/json")) {
                return looks.incrementAndGet() < 3 ? missing() : found();
              }
              return request.startsWith("DELETE") ? removed() : basics(request);
            });
        DockerSandboxRuntime runtime = DockerSandboxRuntime.connect(config(engine), SOON)) {
      runtime.pinImage(Specs.IMAGE, Specs.IMAGE, SOON);
      assertFails(
          ErrorCode.ENGINE_TIMED_OUT,
          "the engine was asked to create a container and did not answer in time",
          () ->
              runtime.create(
                  new SandboxSpec(id, Specs.SHAPE), Deadline.after(Duration.ofMillis(200))));
      await().until(() -> engine.requests().contains("DELETE /containers/" + CONTAINER));
    }
  }

  @Test
  void creationsThatHangKeepNoRemovalWaiting() throws IOException {
    try (ScriptedEngine engine =
            new ScriptedEngine(request -> {
              if (request.equals("POST /containers/create")) {
                return Optional.empty();
              }
              return request.startsWith("DELETE") ? removed() : basics(request);
            });
        DockerSandboxRuntime runtime = DockerSandboxRuntime.connect(config(engine), SOON)) {
      runtime.pinImage(Specs.IMAGE, Specs.IMAGE, SOON);
      for (int i = 0; i < 20; i++) {
        Thread.ofVirtual().start(() -> createInVain(runtime));
      }
      await()
          .until(() ->
              engine.requests().stream().filter("POST /containers/create"::equals).count() == 20);
      runtime.destroy(new OwnedSandbox(CONTAINER, Specs.newId(), "g"), SOON);
      assertThat(engine.requests()).contains("DELETE /containers/" + CONTAINER);
    }
  }

  @Test
  void aContainerThatSomebodyElseRemovesIsWaitedFor() throws IOException {
    AtomicInteger looks = new AtomicInteger();
    try (ScriptedEngine engine =
            new ScriptedEngine(request -> {
              if (request.startsWith("DELETE")) {
                return Optional.of(new Answer(409, "{\"message\":\"in progress\"}"));
              }
              if (request.endsWith(CONTAINER + "/json")) {
                return looks.incrementAndGet() < 3 ? found() : missing();
              }
              return basics(request);
            });
        DockerSandboxRuntime runtime = DockerSandboxRuntime.connect(config(engine), SOON)) {
      runtime.destroy(new OwnedSandbox(CONTAINER, Specs.newId(), "g"), SOON);
      assertThat(looks).hasValue(3);
    }
  }

  private static void createInVain(DockerSandboxRuntime runtime) {
    try {
      runtime.create(Specs.spec(), SOON);
    } catch (SandboxException e) {
      // The engine went away at the end of the test.
    }
  }

  private static Optional<Answer> basics(String request) {
    return switch (request) {
      case "GET /_ping" -> Optional.of(new Answer(200, "OK"));
      case "GET /info" ->
          Optional.of(new Answer(200, "{\"Runtimes\":{\"caisson-runsc\":{\"path\":\"x\"}}}"));
      default ->
          request.startsWith("GET /images/")
              ? Optional.of(new Answer(200, "{\"Id\":\"sha256:1\",\"Config\":{}}"))
              : missing();
    };
  }

  private static Optional<Answer> found() {
    return Optional.of(
        new Answer(
            200,
            "{\"Id\":\"%s\",\"HostConfig\":{\"Runtime\":\"caisson-runsc\"},\"State\":{\"Running\":true}}"
                .formatted(CONTAINER)));
  }

  private static Optional<Answer> missing() {
    return Optional.of(new Answer(404, "{\"message\":\"no such thing\"}"));
  }

  private static Optional<Answer> removed() {
    return Optional.of(new Answer(204, ""));
  }

  private static DockerConfig config(ScriptedEngine engine) {
    return TestEngine.config(engine.socket(), "o", "g");
  }

  private static void assertFails(ErrorCode code, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(SandboxException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }
}
