package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.FileEntry;
import dev.caisson.v1.GetSessionRequest;
import dev.caisson.v1.InputFile;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.ResetSessionRequest;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.Session;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program stops the process above it, with a real sandbox. Nothing answers for the sandbox any
 * more and nothing says so: every wait for it has to end by itself.
 */
@Timeout(180)
class StoppedSandboxTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String STOP = "import os, signal; os.kill(1, signal.SIGSTOP)\n";

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private Session session;
  private FileClient files;

  @BeforeAll
  static void start() throws Exception {
    daemon = RunningDaemon.start(folder, 1, java.util.Map.of());
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @BeforeEach
  void createSession() {
    session =
        client.sessions().createSession(CreateSessionRequest.getDefaultInstance()).getSession();
    files = new FileClient(client.channel(), session.getSessionId());
  }

  @AfterEach
  void nothingIsLeft() {
    threads.shutdownNow();
    // What a test that failed has left would fail the others too.
    client
        .sessions()
        .listSessions(ListSessionsRequest.getDefaultInstance())
        .getSessionsList()
        .forEach(left -> delete(left.getSessionId()));
    await().atMost(SOON).until(() -> EngineView.sandbox(session.getSandboxId()).isEmpty());
    await().atMost(SOON).until(client::full);
  }

  /** As many as there may be: one alone fits into what the engine holds on its way. */
  @Test
  void writesAreAnsweredAndTheSessionSaysThatItsSandboxIsLost() {
    stopTheFirstProcess();
    List<Future<FileEntry>> writes =
        Stream.of("a", "b", "c", "d", "e", "f")
            .map(name -> threads.submit(() -> files.write(name, new byte[4 << 20])))
            .toList();

    for (Future<FileEntry> write : writes) {
      assertThatThrownBy(write::get)
          .hasCauseInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining(
              "FAILED_PRECONDITION: session "
                  + session.getSessionId()
                  + " has lost its sandbox meanwhile: the sandbox took in nothing for 10s")
          .hasMessageContaining("; reset it to start again, or end it");
    }
    assertThatThrownBy(() -> files.read("file")).hasMessageContaining("has lost its sandbox");
    reset();
    assertThat(run("print(6 * 7)").output()).isEqualTo("42\n");
    delete();
  }

  @Test
  void aResetIsAnsweredAndTheNextOneBeginsAnew() {
    stopTheFirstProcess();
    Future<?> read = threads.submit(() -> files.read("file"));

    assertThatThrownBy(this::reset)
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("FAILED_PRECONDITION: session " + session.getSessionId())
        .hasMessageContaining(
            " has lost its sandbox, and its files with it: the sandbox made no fresh interpreter in time")
        .hasMessageContaining("; reset it once more to start again, or end it");

    assertThatThrownBy(read::get).hasMessageContaining("has lost its sandbox meanwhile");
    reset();
    assertThat(run("print(6 * 7)").output()).isEqualTo("42\n");
    assertThat(files.names("")).isEmpty();
    delete();
  }

  @Test
  void aSessionThatIsDeletedLeavesNothingWhileItsProgramGoesOn() {
    LiveRun running =
        client.start(
            RunClient.program(STOP + "print('stopped', flush=True)\nwhile True: pass")
                .setSession(session.getSessionId()));
    running.awaitOutput("stopped\n");
    Future<?> write = threads.submit(() -> files.write("other", new byte[4 << 20]));

    delete();

    assertThatThrownBy(write::get).hasCauseInstanceOf(StatusRuntimeException.class);
    assertThat(running.transcript().outcome()).isEqualTo(Outcome.CANCELLED);
  }

  @Test
  void aSessionThatIsDeletedLeavesNothingWhileARunBringsItsFiles() {
    stopTheFirstProcess();
    LiveRun bringing =
        client.start(
            RunClient.program("1")
                .setSession(session.getSessionId())
                .addFiles(
                    InputFile.newBuilder()
                        .setPath("large")
                        .setContent(ByteString.copyFrom(new byte[8 << 20]))));
    await().atMost(SOON).until(() -> state() == Session.State.BUSY);

    delete();

    assertThat(bringing.finished().getOutcome()).isEqualTo(Outcome.CANCELLED);
  }

  private void stopTheFirstProcess() {
    assertThat(run(STOP).outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  private Session.State state() {
    return client
        .sessions()
        .getSession(GetSessionRequest.newBuilder().setSessionId(session.getSessionId()).build())
        .getSession()
        .getState();
  }

  private Transcript run(String code) {
    return client.run(RunClient.program(code).setSession(session.getSessionId()));
  }

  private void reset() {
    var unused =
        client
            .sessions()
            .resetSession(
                ResetSessionRequest.newBuilder().setSessionId(session.getSessionId()).build());
  }

  private void delete() {
    delete(session.getSessionId());
  }

  private static void delete(String id) {
    var unused =
        client.sessions().deleteSession(DeleteSessionRequest.newBuilder().setSessionId(id).build());
  }
}
