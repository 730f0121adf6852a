package dev.caisson.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RunHandleTest {

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
  void cancellingGivesTheReasonToTheDaemonAndStillAResult() throws Exception {
    CompletableFuture<String> reason = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          reason.complete(scene.request().getCancel().getReason());
          scene.finish(
              RunFinished.newBuilder().setOutcome(RunFinished.Outcome.CANCELLED).setExitCode(130));
        });
    RunHandle run = client.start(RunOptions.code("x"), RunListener.silent());

    run.cancel("enough");

    assertThat(run.await().outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(reason.get()).isEqualTo("enough");
    assertThat(run.isOver()).isTrue();
  }

  @Test
  void aRunThatIsCancelledBeforeItHasASandboxEndsWithAResult() throws Exception {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          assertThat(scene.request().hasCancel()).isTrue();
          scene.finish(
              RunFinished.newBuilder().setOutcome(RunFinished.Outcome.CANCELLED).setExitCode(130));
        });

    RunHandle run = client.start(RunOptions.code("x"), RunListener.silent());
    run.cancel("not wanted");

    RunResult result = run.await();
    assertThat(result.outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(result.acceptance().runId()).isEmpty();
  }

  @Test
  void aDaemonThatDoesNotConfirmACancellationIsLeft() throws Exception {
    CompletableFuture<Void> script =
        daemon
            .runs()
            .plays(scene -> {
              scene.start();
              scene.accept();
              scene.awaitCancelled();
            });
    CountDownLatch accepted = new CountDownLatch(1);
    RunHandle run = client.start(RunOptions.code("x"), announcing(accepted));
    accepted.await();

    run.cancel("enough", Duration.ofMillis(1));

    assertThatThrownBy(run::await)
        .asInstanceOf(type(CaissonException.class))
        .satisfies(
            failure -> assertThat(failure.reason()).isEqualTo(CaissonException.CANCEL_UNCONFIRMED));
    script.get();
  }

  @Test
  void interruptingIsAMessageAndTheRunGoesOn() throws Exception {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          if (scene.request().getMessageCase() == RunRequest.MessageCase.INTERRUPT) {
            scene.succeed();
          }
        });
    RunHandle run = client.start(RunOptions.code("x"), RunListener.silent());

    run.interrupt();

    assertThat(run.await().succeeded()).isTrue();
  }

  @Test
  void closingAHandleBeforeTheEndCutsTheCall() throws Exception {
    CompletableFuture<Void> script =
        daemon
            .runs()
            .plays(scene -> {
              scene.start();
              scene.accept();
              scene.awaitCancelled();
            });
    CountDownLatch accepted = new CountDownLatch(1);
    RunHandle run = client.start(RunOptions.code("x"), announcing(accepted));
    accepted.await();

    run.close();

    assertThatThrownBy(run::await)
        .hasMessage("the run's handle was closed before the run had ended");
    script.get();
  }

  @Test
  void closingAHandleAfterTheEndChangesNothing() throws Exception {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.succeed();
        });
    RunHandle run = client.start(RunOptions.code("x"), RunListener.silent());
    run.await();

    run.close();

    assertThat(run.await().succeeded()).isTrue();
  }

  @Test
  void standardInputArrivesInPiecesOfAtMost64KiBWithItsEnd() throws Exception {
    CompletableFuture<String> read = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          assertThat(scene.start().getStdin()).isTrue();
          scene.accept();
          StringBuilder text = new StringBuilder();
          RunRequest request = scene.request();
          while (!request.getStdin().getEnd()) {
            assertThat(request.getStdin().getData().size()).isBetween(1, 64 << 10);
            text.append(request.getStdin().getData().toStringUtf8());
            request = scene.request();
          }
          read.complete(text.toString());
          scene.succeed();
        });
    String text = "0123456789".repeat(20_000);
    RunHandle run = client.start(RunOptions.code("x").withStdin(), RunListener.silent());

    try (OutputStream stdin = run.stdin()) {
      stdin.write(text.getBytes(StandardCharsets.UTF_8));
    }

    assertThat(run.await().succeeded()).isTrue();
    assertThat(read.get()).isEqualTo(text);
  }

  @Test
  void aWriterOfInputThatNobodyReadsWaitsAndIsToldOfTheEnd() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          end.await();
          scene.succeed();
        });
    RunHandle run = client.start(RunOptions.code("x").withStdin(), RunListener.silent());
    CompletableFuture<Long> written = new CompletableFuture<>();
    long[] bytes = new long[1];
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              byte[] piece = new byte[64 << 10];
              try {
                while (true) {
                  run.stdin().write(piece);
                  bytes[0] += piece.length;
                }
              } catch (IOException over) {
                written.complete(bytes[0]);
              }
            });
    org.awaitility.Awaitility.await().until(() -> writer.getState() == Thread.State.WAITING);
    end.countDown();

    assertThat(run.await().succeeded()).isTrue();
    assertThat(written.get()).isLessThan(8 << 20);
  }

  private static RunListener announcing(CountDownLatch accepted) {
    return new RunListener() {
      @Override
      public void onAccepted(Acceptance acceptance) {
        accepted.countDown();
      }
    };
  }
}
