package dev.caisson.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.protobuf.ByteString;
import dev.caisson.v1.RunException;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunOutput;
import dev.caisson.v1.RunValue;
import dev.caisson.v1.StartRun;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class CaissonClientTest {

  @TempDir Path folder;
  private ScriptedDaemon daemon;
  private CaissonClient client;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder);
    client = CaissonClient.connect(daemon.socket());
  }

  @AfterEach
  void stop() {
    client.close();
    daemon.close();
  }

  @Test
  void everythingAskedForReachesTheDaemon() throws Exception {
    AtomicReference<StartRun> seen = new AtomicReference<>(StartRun.getDefaultInstance());
    daemon
        .runs()
        .plays(scene -> {
          seen.set(scene.start());
          scene.accept();
          scene.succeed();
        });
    RunOptions options =
        RunOptions.code("print(1)")
            .fileName("one.py")
            .policy("offline")
            .wallTime(Duration.ofMillis(1_500))
            .outputBytes(100)
            .toolCalls(7)
            .environment(Map.of("A", "b"))
            .arguments(List.of("x", "y"));

    client.run(options, RunListener.silent());

    StartRun start = seen.get();
    assertThat(start).isEqualTo(options.start());
    assertThat(start.getLimits().getWallTime().getSeconds()).isEqualTo(1);
    assertThat(start.getLimits().getWallTime().getNanos()).isEqualTo(500_000_000);
    assertThat(start.getArgumentsList()).containsExactly("x", "y");
    assertThat(start.getStdin()).isFalse();
  }

  @Test
  void outputArrivesInTheOrderInWhichItWasWritten() throws Exception {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.stdout("a");
          scene.stderr("b");
          scene.stdout("c");
          scene.succeed();
        });
    Recording recording = new Recording();

    RunResult result = client.run(RunOptions.code("x"), recording);

    assertThat(recording.said())
        .containsExactly("accepted run-1", "STDOUT a", "STDERR b", "STDOUT c");
    assertThat(result.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(result.succeeded()).isTrue();
    assertThat(result.acceptance().placement()).isEqualTo(Placement.WARM);
  }

  @Test
  void theResultCarriesWhatTheDaemonDecided() throws Exception {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.finish(
              RunFinished.newBuilder()
                  .setOutcome(RunFinished.Outcome.FAILED)
                  .setMessage("it raised")
                  .setExitCode(1)
                  .setOutputBytesDropped(9)
                  .setValue(
                      RunValue.newBuilder().setRepr("[1]").setJson(ByteString.copyFromUtf8("[1]")))
                  .setException(
                      RunException.newBuilder()
                          .setType("ZeroDivisionError")
                          .setMessage("division by zero")
                          .setTraceback("Traceback …")));
        });

    RunResult result = client.run(RunOptions.code("1/0"), RunListener.silent());

    assertThat(result.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.outputBytesDropped()).isEqualTo(9);
    assertThat(result.value()).hasValueSatisfying(v -> assertThat(v.json()).hasValue("[1]"));
    assertThat(result.exception())
        .hasValueSatisfying(e -> assertThat(e.type()).isEqualTo("ZeroDivisionError"));
    assertThat(result.usage().cpuTime()).isEmpty();
  }

  @Test
  void anEventThatThisClientDoesNotKnowIsPassedOver() throws Exception {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.event(dev.caisson.v1.RunResponse.newBuilder());
          scene.stdout("a");
          scene.succeed();
        });
    Recording recording = new Recording();

    client.run(RunOptions.code("x"), recording);

    assertThat(recording.said()).endsWith("STDOUT a");
  }

  @Test
  void aListenerThatThrowsEndsTheRunAndItsExceptionComesOut() throws Exception {
    CompletableFuture<Void> script =
        daemon
            .runs()
            .plays(scene -> {
              scene.start();
              scene.accept();
              scene.stdout("a");
              scene.awaitCancelled();
            });
    RunListener broken =
        new RunListener() {
          @Override
          public void onOutput(OutputStreamName stream, byte[] bytes) {
            throw new IllegalStateException("the listener's own");
          }
        };

    assertThatThrownBy(() -> client.run(RunOptions.code("x"), broken))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the listener's own");
    script.get();
  }

  @Test
  void interruptingTheCallerEndsTheRun() throws Exception {
    CompletableFuture<Void> script =
        daemon
            .runs()
            .plays(scene -> {
              scene.start();
              scene.accept();
              scene.awaitCancelled();
            });
    CountDownLatch accepted = new CountDownLatch(1);
    CompletableFuture<Throwable> came = new CompletableFuture<>();
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.run(
                    RunOptions.code("x"),
                    new RunListener() {
                      @Override
                      public void onAccepted(Acceptance acceptance) {
                        accepted.countDown();
                      }
                    });
              } catch (Throwable thrown) {
                came.complete(thrown);
              }
            });
    accepted.await();

    caller.interrupt();

    assertThat(came.get()).isInstanceOf(InterruptedException.class);
    script.get();
  }

  @Test
  void aSlowListenerStopsTheDaemonFromSendingAndNothingPilesUp() throws Exception {
    ByteString piece = ByteString.copyFrom(new byte[64 << 10]);
    int pieces =
        2_000; // 125 MiB: were they piled up, the daemon would never meet a full transport.
    CountDownLatch full = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<Void> script =
        daemon
            .runs()
            .plays(scene -> {
              scene.start();
              scene.accept();
              int sent = 0;
              while (scene.isReady() && sent < pieces) {
                scene.output(RunOutput.Stream.STDOUT, piece);
                sent++;
              }
              full.countDown();
              goOn.await();
              for (; sent < pieces; sent++) {
                scene.awaitReady();
                scene.output(RunOutput.Stream.STDOUT, piece);
              }
              scene.succeed();
            });
    long[] received = new long[1];
    RunListener slow =
        new RunListener() {
          @Override
          public void onOutput(OutputStreamName stream, byte[] bytes) {
            received[0] += bytes.length;
            try {
              full.await(); // Holds the first piece until the daemon can send no more.
            } catch (InterruptedException interrupted) {
              Thread.currentThread().interrupt();
            }
            goOn.countDown();
          }
        };

    RunResult result = client.run(RunOptions.code("x"), slow);

    script.get();
    assertThat(result.succeeded()).isTrue();
    assertThat(received[0]).isEqualTo((long) pieces * piece.size());
  }

  @Test
  void aDaemonThatIsNotThereIsAnErrorThatSaysWhereAndWhatToDo() {
    Path nowhere = folder.resolve("nothing.sock");
    try (CaissonClient lost = CaissonClient.connect(nowhere)) {
      assertThatThrownBy(() -> lost.run(RunOptions.code("x"), RunListener.silent()))
          .asInstanceOf(type(CaissonException.class))
          .satisfies(failure -> {
            assertThat(failure.reason()).isEqualTo(CaissonException.DAEMON_UNREACHABLE);
            assertThat(failure)
                .hasMessage("no daemon answers at " + nowhere + " (there is no such socket)");
            assertThat(failure.advice()).contains("caisson up");
          });
      assertThatThrownBy(lost::pools)
          .hasMessage("no daemon answers at " + nowhere + " (there is no such socket)");
    }
  }

  @Test
  void aSocketThatNobodyListensOnIsADaemonThatIsNotThere() throws Exception {
    daemon.close();
    Files.createFile(folder.resolve("dead.sock"));
    try (CaissonClient lost = CaissonClient.connect("unix://" + folder.resolve("dead.sock"))) {
      assertThatThrownBy(lost::isServing)
          .hasMessage("no daemon answers at %s (Connection refused)", folder.resolve("dead.sock"));
    }
  }

  @Test
  void aDaemonThatCameBackIsReachedByTheNextCall() throws Exception {
    daemon.close();
    assertThatThrownBy(() -> client.run(RunOptions.code("x"), RunListener.silent()))
        .isInstanceOf(CaissonException.class);

    daemon = new ScriptedDaemon(folder);
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.succeed();
        });

    assertThat(client.run(RunOptions.code("x"), RunListener.silent()).succeeded()).isTrue();
  }

  @Test
  void aDaemonThatGoesAwayHalfWayIsAnErrorThatNamesTheRun() throws Exception {
    CountDownLatch accepted = new CountDownLatch(1);
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.awaitCancelled();
        });
    RunHandle run =
        client.start(
            RunOptions.code("x"),
            new RunListener() {
              @Override
              public void onAccepted(Acceptance acceptance) {
                accepted.countDown();
              }
            });
    accepted.await();

    daemon.close();

    assertThatThrownBy(run::await)
        .asInstanceOf(type(CaissonException.class))
        .satisfies(failure -> {
          assertThat(failure.reason()).isEqualTo(CaissonException.CONNECTION_LOST);
          assertThat(failure).hasMessageContaining("run run-1 was in progress");
        });
  }

  @Test
  void aRefusedRequestCarriesTheDaemonsReasonParticularsAndAdvice() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.fail(
              Status.Code.NOT_FOUND,
              "NOT_FOUND",
              "there is no policy 'weg'; known are default, offline",
              Map.of("policy", "weg", "advice", "use a known one"));
        });

    assertThatThrownBy(() -> client.run(RunOptions.code("x"), RunListener.silent()))
        .hasMessage("there is no policy 'weg'; known are default, offline")
        .asInstanceOf(type(CaissonException.class))
        .satisfies(failure -> {
          assertThat(failure.reason()).isEqualTo("NOT_FOUND");
          assertThat(failure.advice()).isEqualTo("use a known one");
          assertThat(failure.metadata()).containsEntry("policy", "weg");
        });
  }

  @ParameterizedTest
  @CsvSource({
    "UNAVAILABLE, ENGINE_UNSUITABLE, caisson doctor",
    "RESOURCE_EXHAUSTED, NO_SANDBOX_AVAILABLE, caisson status",
    "UNAVAILABLE, SHUTTING_DOWN, caisson up",
    "INTERNAL, INTERNAL, caisson logs",
  })
  void anErrorWithoutAdviceOfTheDaemonsGetsOne(Status.Code code, String reason, String advice) {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.fail(code, reason, "it is broken", Map.of());
        });

    assertThatThrownBy(() -> client.run(RunOptions.code("x"), RunListener.silent()))
        .asInstanceOf(type(CaissonException.class))
        .satisfies(failure -> assertThat(failure.advice()).contains(advice));
  }

  @Test
  void anUnavailableDaemonThatSpeaksIsNotCalledUnreachable() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.fail(Status.Code.UNAVAILABLE, "SHUTTING_DOWN", "the daemon is stopping", Map.of());
        });

    assertThatThrownBy(() -> client.run(RunOptions.code("x"), RunListener.silent()))
        .hasMessage("the daemon is stopping")
        .asInstanceOf(type(CaissonException.class))
        .satisfies(failure -> assertThat(failure.reason()).isEqualTo("SHUTTING_DOWN"));
  }

  @Test
  void aStreamThatEndsWithoutAResultIsAnError() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.endWithoutFinished();
        });

    assertThatThrownBy(() -> client.run(RunOptions.code("x"), RunListener.silent()))
        .hasMessage(
            "the daemon broke the contract of Run: the stream of run run-1 ended without"
                + " `finished`");
  }

  @Test
  void aHoleInTheSequenceOfEventsIsAnError() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.skipNumber();
          scene.stdout("a");
        });

    assertThatThrownBy(() -> client.run(RunOptions.code("x"), RunListener.silent()))
        .hasMessage("the daemon broke the contract of Run: event 3 came where 2 was due");
  }

  @Test
  void aClosedClientRefusesWorkAndEndsWhatItHad() throws Exception {
    CompletableFuture<Void> script =
        daemon
            .runs()
            .plays(scene -> {
              scene.start();
              scene.accept();
              scene.awaitCancelled();
            });
    Recording recording = new Recording();
    RunHandle run = client.start(RunOptions.code("x"), recording);
    Awaitility.await().until(() -> !recording.said().isEmpty());

    client.close();

    assertThatThrownBy(run::await).hasMessage("this client is closed");
    assertThatThrownBy(() -> client.start(RunOptions.code("x"), recording))
        .hasMessage("this client is closed");
    script.get();
  }

  /** Writes down what it hears. */
  static final class Recording implements RunListener {
    private final List<String> said = new ArrayList<>();

    synchronized List<String> said() {
      return List.copyOf(said);
    }

    @Override
    public synchronized void onAccepted(Acceptance acceptance) {
      said.add("accepted " + acceptance.runId());
    }

    @Override
    public synchronized void onOutput(OutputStreamName stream, byte[] bytes) {
      said.add(stream + " " + new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
    }
  }
}
