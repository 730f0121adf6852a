package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.caisson.client.ScriptedDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.CreateSessionResponse;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.DeleteSessionResponse;
import dev.caisson.v1.InterruptSessionRequest;
import dev.caisson.v1.InterruptSessionResponse;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.ListSessionsResponse;
import dev.caisson.v1.ResetSessionRequest;
import dev.caisson.v1.ResetSessionResponse;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunValue;
import dev.caisson.v1.Session;
import dev.caisson.v1.SessionServiceGrpc;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.WatchSessionsRequest;
import dev.caisson.v1.WatchSessionsResponse;
import dev.caisson.v1.WatchSessionsResponse.Ended;
import dev.caisson.v1.WatchSessionsResponse.Ending;
import dev.caisson.v1.WatchSessionsResponse.InterpreterLost;
import dev.caisson.v1.WatchSessionsResponse.SandboxLost;
import dev.caisson.v1.WatchSessionsResponse.Watching;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class SessionsCommandTest {

  @TempDir Path folder;

  private final TwoSessions service = new TwoSessions();
  private ScriptedDaemon daemon;
  private CommandRun command;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder, service, new FillingPools());
    command = new CommandRun(daemon.socket());
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  @Test
  void sessionsAreListed() {
    assertThat(command.execute("sessions")).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            id-1  work
                    idle for 61 s; policy default; 3 runs, 1 restarts; memory 32 MiB, at most 64 so far; CPU time 2 s
                    ends after 30 min without a run, in 8 h at the latest
            id-2
                    lost its sandbox (out of memory); reset it to start again; policy web; 0 runs, 0 restarts; memory 0 MiB, at most 0 so far; CPU time 0 s
                    ends after 1 s without a run, in 119 s at the latest
            """);
  }

  @Test
  void oneThatDoesNotAnswerIsSaidToBe() {
    service.responsive = false;

    assertThat(command.execute("sessions")).isZero();

    assertThat(command.out())
        .contains("idle for 61 s, and its sandbox did not answer within 1 s (should that last,");
  }

  @Test
  void theyAreJsonWhenAsked() {
    assertThat(command.execute("sessions", "--output", "json")).isZero();

    var list = JsonMapper.shared().readTree(command.out());
    assertThat(list.path(0).path("id").asString()).isEqualTo("id-1");
    assertThat(list.path(1).path("lost").asString()).isEqualTo("out of memory");
  }

  @Test
  void oneIsMadeAsAskedFor() {
    assertThat(
            command.execute(
                "sessions",
                "create",
                "--name",
                "n",
                "--policy",
                "web",
                "--description",
                "d",
                "--idle-timeout",
                "90s",
                "--time-to-live",
                "2h"))
        .isZero();

    assertThat(command.out()).isEqualTo("id-3\n");
    assertThat(service.asked)
        .containsExactly(
            CreateSessionRequest.newBuilder()
                .setName("n")
                .setPolicy("web")
                .setDescription("d")
                .setIdleTimeout(seconds(90))
                .setTimeToLive(seconds(7_200))
                .build());
  }

  @Test
  void oneIsCalledByItsNameOrItsId() {
    assertThat(command.execute("sessions", "reset", "work", "--clear-files")).isZero();
    assertThat(command.execute("sessions", "interrupt", "id-2")).isZero();
    assertThat(command.execute("sessions", "end", "work", "id-2")).isZero();

    assertThat(command.out()).endsWith("nothing was running\n");
    assertThat(service.asked)
        .containsExactly(
            ResetSessionRequest.newBuilder().setSessionId("id-1").setClearFiles(true).build(),
            InterruptSessionRequest.newBuilder().setSessionId("id-2").build(),
            DeleteSessionRequest.newBuilder().setSessionId("id-1").build(),
            DeleteSessionRequest.newBuilder().setSessionId("id-2").build());
  }

  @Test
  void aProgramRunsInOneAndIsCalledAsTheDaemonLikes() {
    CompletableFuture<StartRun> start = new CompletableFuture<>();
    daemon
        .runs()
        .plays(scene -> {
          start.complete(scene.start());
          scene.accept();
          scene.succeed();
        });

    assertThat(command.withInput("1").execute("run", "--session", "work")).isZero();

    assertThat(start.join())
        .isEqualTo(StartRun.newBuilder().setCode("1").setSession("id-1").build());
  }

  @Test
  void theirNewsAreTold() {
    assertThat(command.execute("sessions", "watch")).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            id-1 (work) ends in 5 s: it is idle
            id-1 (work) has lost its names: signal 11 ended the interpreter
            id-2 has lost its sandbox: out of memory; reset it to start again
            id-2 has ended: it was deleted
            """);
  }

  @Test
  void aMeasurementHasASessionOfItsOwnAndEndsIt() {
    value("2");
    value("2");
    value("2");

    int status =
        command.execute(
            "bench",
            "session",
            "-n",
            "2",
            "--warm-up",
            "0",
            "--questions",
            "0",
            "--baseline",
            "none");

    assertThat(command.err()).isEmpty();
    assertThat(status).isZero();
    assertThat(command.out()).containsPattern("(?m)^x in a session +2 ");
    assertThat(service.asked)
        .containsExactly(
            CreateSessionRequest.newBuilder().setName("bench").build(),
            DeleteSessionRequest.newBuilder().setSessionId("id-3").build());
  }

  @Test
  void aMeasurementThatGoesWrongEndsItsSessionToo() {
    value("2");
    value("3");

    assertThat(
            command.execute(
                "bench", "session", "--warm-up", "0", "--questions", "0", "--baseline", "none"))
        .isEqualTo(125);

    assertThat(command.err()).contains("the session gave another x");
    assertThat(service.asked).last().isInstanceOf(DeleteSessionRequest.class);
  }

  private void value(String json) {
    daemon
        .runs()
        .plays(scene -> {
          assertThat(scene.start().getSession()).isEqualTo("id-3");
          scene.accept();
          scene.finish(
              RunFinished.newBuilder()
                  .setOutcome(RunFinished.Outcome.SUCCEEDED)
                  .setValue(
                      RunValue.newBuilder().setJson(ByteString.copyFromUtf8(json)).setRepr(json)));
        });
  }

  @Test
  void aNameThatTwoHaveIsNotEnough() {
    service.secondName = "work";

    assertThat(command.execute("sessions", "reset", "work")).isNotZero();

    assertThat(command.err())
        .contains("there are 2 sessions of the name 'work'")
        .contains("use an id: `caisson sessions` lists them");
    assertThat(service.asked).isEmpty();
  }

  @Test
  void whatTheDaemonRefusesIsSaid() {
    assertThat(command.execute("sessions", "end", "unknown")).isEqualTo(125);

    assertThat(command.err()).contains("there is no session 'unknown'");
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private static final class TwoSessions extends SessionServiceGrpc.SessionServiceImplBase {

    final List<Message> asked = new ArrayList<>();
    String secondName = "";
    boolean responsive = true;

    @Override
    public void listSessions(
        ListSessionsRequest request, StreamObserver<ListSessionsResponse> responses) {
      responses.onNext(
          ListSessionsResponse.newBuilder().addSessions(idle()).addSessions(lost()).build());
      responses.onCompleted();
    }

    @Override
    public void createSession(
        CreateSessionRequest request, StreamObserver<CreateSessionResponse> responses) {
      asked.add(request);
      responses.onNext(
          CreateSessionResponse.newBuilder()
              .setSession(Session.newBuilder().setSessionId("id-3"))
              .build());
      responses.onCompleted();
    }

    @Override
    public void resetSession(
        ResetSessionRequest request, StreamObserver<ResetSessionResponse> responses) {
      asked.add(request);
      responses.onNext(ResetSessionResponse.newBuilder().setSession(idle()).build());
      responses.onCompleted();
    }

    @Override
    public void interruptSession(
        InterruptSessionRequest request, StreamObserver<InterruptSessionResponse> responses) {
      asked.add(request);
      responses.onNext(InterruptSessionResponse.getDefaultInstance());
      responses.onCompleted();
    }

    @Override
    public void deleteSession(
        DeleteSessionRequest request, StreamObserver<DeleteSessionResponse> responses) {
      if (request.getSessionId().equals("unknown")) {
        responses.onError(
            Status.NOT_FOUND.withDescription("there is no session 'unknown'").asRuntimeException());
        return;
      }
      asked.add(request);
      responses.onNext(DeleteSessionResponse.getDefaultInstance());
      responses.onCompleted();
    }

    @Override
    public void watchSessions(
        WatchSessionsRequest request, StreamObserver<WatchSessionsResponse> responses) {
      responses.onNext(
          WatchSessionsResponse.newBuilder().setWatching(Watching.getDefaultInstance()).build());
      WatchSessionsResponse.Builder first =
          WatchSessionsResponse.newBuilder().setSessionId("id-1").setName("work");
      responses.onNext(
          first.setEnding(Ending.newBuilder().setWhy("it is idle").setLeft(seconds(5))).build());
      responses.onNext(
          first
              .setInterpreterLost(
                  InterpreterLost.newBuilder().setWhy("signal 11 ended the interpreter"))
              .build());
      WatchSessionsResponse.Builder second =
          WatchSessionsResponse.newBuilder().setSessionId("id-2");
      responses.onNext(
          second.setSandboxLost(SandboxLost.newBuilder().setWhy("out of memory")).build());
      responses.onNext(second.setEnded(Ended.newBuilder().setWhy("it was deleted")).build());
      responses.onCompleted();
    }

    private Session idle() {
      return Session.newBuilder()
          .setSessionId("id-1")
          .setName("work")
          .setPolicy("default")
          .setResponsive(responsive)
          .setCpuTime(Duration.newBuilder().setSeconds(2))
          .setState(Session.State.IDLE)
          .setIdle(seconds(61))
          .setIdleTimeout(seconds(1_800))
          .setTimeLeft(seconds(28_800))
          .setRuns(3)
          .setRestarts(1)
          .setMemoryBytes(32 << 20)
          .setMemoryPeakBytes(64 << 20)
          .build();
    }

    private Session lost() {
      return Session.newBuilder()
          .setSessionId("id-2")
          .setName(secondName)
          .setPolicy("web")
          .setState(Session.State.LOST)
          .setLost("out of memory")
          .setIdleTimeout(seconds(1))
          .setTimeLeft(seconds(119))
          .build();
    }
  }
}
