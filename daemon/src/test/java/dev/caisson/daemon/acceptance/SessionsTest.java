package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.GetSessionRequest;
import dev.caisson.v1.InterruptSessionRequest;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.ResetSessionRequest;
import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.Session;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.WatchSessionsRequest;
import dev.caisson.v1.WatchSessionsResponse;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions, with real sandboxes. The daemon allows three at once. */
class SessionsTest {

  private static final java.time.Duration SOON = java.time.Duration.ofSeconds(30);

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() throws Exception {
    daemon =
        RunningDaemon.start(
            folder,
            1,
            Map.of(
                "small", "extends: default\n",
                "cold", "extends: default\nsandbox:\n  memory: 128MiB\n"));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  @AfterEach
  void endSessions() {
    list().forEach(session -> delete(session.getSessionId()));
    await().atMost(SOON).until(client::full);
  }

  // ---- what stays ----

  @Test
  void namesFilesAndThreadsStayFromRunToRun() {
    String session = create();

    Transcript first =
        run(
            session,
            """
            import json, threading
            x = 41
            def double(n): return n * 2
            open('note.txt', 'w').write('kept')
            go = threading.Event()
            thread = threading.Thread(target=go.wait, daemon=True)
            thread.start()
            """);
    Transcript second =
        run(
            session,
            "go.set(); thread.join(); print(json.dumps(double(x)), open('note.txt').read())");

    assertThat(first.accepted().getPlacement()).isEqualTo(RunAccepted.Placement.SESSION);
    assertThat(second.output()).as(second::toString).isEqualTo("82 kept\n");
    assertThat(second.accepted().getSandboxId()).isEqualTo(first.accepted().getSandboxId());
    assertThat(second.accepted().getStateLost()).isEmpty();
    assertThat(get(session).getRuns()).isEqualTo(2);
  }

  @Test
  void sessionsDoNotMeet() {
    List<String> sessions = IntStream.range(0, 3).mapToObj(n -> create()).toList();
    for (int round = 0; round < 5; round++) {
      for (int n = 0; n < 3; n++) {
        String code = round == 0 ? "x = [%d]".formatted(n) : "x.append(x[-1] + 1)";
        assertThat(run(sessions.get(n), code).outcome()).isEqualTo(Outcome.SUCCEEDED);
      }
    }

    for (int n = 0; n < 3; n++) {
      assertThat(run(sessions.get(n), "x").finished().getValue().getJson().toStringUtf8())
          .isEqualTo("[%d,%d,%d,%d,%d]".formatted(n, n + 1, n + 2, n + 3, n + 4));
    }
  }

  @Test
  void aTracebackIntoAnEarlierRunShowsItsLines() {
    String session = create();
    run(session, "def broken():\n    return 1 / 0  # here");

    assertThat(run(session, "broken()").finished().getException().getTraceback())
        .contains("File \"<code 2>\", line 1, in <module>\n    broken()")
        .contains("File \"<code 1>\", line 2, in broken\n    return 1 / 0  # here");
  }

  // ---- losing the interpreter ----

  static Stream<Arguments> deaths() {
    return Stream.of(
        Arguments.of(
            "import os; os._exit(3)",
            Outcome.FAILED,
            "the interpreter exited with status 3 before the program came to its end"),
        Arguments.of("import ctypes; ctypes.string_at(0)", Outcome.FAILED, "signal 11"),
        Arguments.of("while True: pass", Outcome.TIMED_OUT, "time.wall"));
  }

  @ParameterizedTest
  @MethodSource("deaths")
  void aLostInterpreterIsReplacedAndTheNextRunIsTold(String code, Outcome outcome, String why) {
    String session = create();
    run(session, "x = 1; open('note.txt', 'w').write('kept')");

    Transcript lost =
        client.run(
            inSession(session, code)
                .setLimits(RunLimits.newBuilder().setWallTime(seconds(2)).build()));
    Transcript next = run(session, "print(open('note.txt').read(), 'x' in globals())");

    assertThat(lost.outcome()).as(lost::toString).isEqualTo(outcome);
    assertThat(next.output()).as(next::toString).isEqualTo("kept False\n");
    assertThat(next.accepted().getStateLost()).contains(why);
    assertThat(run(session, "x = 2").accepted().getStateLost()).isEmpty();
    assertThat(get(session).getRestarts()).isEqualTo(1);
  }

  @Test
  void anInterpreterThatIsLostBetweenRunsIsReplacedToo() {
    String session = create();
    run(session, "import os, threading; x = 1; threading.Timer(1, os._exit, [7]).start()");

    await().atMost(SOON).until(() -> get(session).getRestarts() == 1);

    assertThat(run(session, "'x' in globals()").accepted().getStateLost())
        .isEqualTo("the interpreter exited with status 7 while no run was in progress");
  }

  @Test
  void aSessionThatLostItsSandboxSaysSoAndStartsAgainWhenItIsReset() {
    String session = create();
    run(session, "import os, signal; os.kill(1, signal.SIGKILL); import time; time.sleep(9)");

    assertThat(get(session).getState()).isEqualTo(Session.State.LOST);
    assertThatThrownBy(() -> run(session, "1"))
        .hasMessageContaining("FAILED_PRECONDITION: session " + session + " has lost its sandbox: ")
        .hasMessageContaining("reset it to start again");

    assertThat(reset(session, false).getState()).isEqualTo(Session.State.IDLE);
    assertThat(run(session, "1 + 1").outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  // ---- reset, interrupt ----

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aResetForgetsNamesAndFilesOnlyWhenAskedTo(boolean clearFiles) {
    String session = create();
    run(session, "x = 1; open('note.txt', 'w').write('kept')");

    reset(session, clearFiles);

    Transcript next =
        run(session, "import os; print('x' in globals(), os.path.exists('note.txt'))");
    assertThat(next.output()).isEqualTo("False %s\n".formatted(clearFiles ? "False" : "True"));
    assertThat(next.accepted().getStateLost()).isEmpty();
  }

  @Test
  void aResetEndsTheRunInProgress() {
    String session = create();
    LiveRun running = busy(session);

    reset(session, false);

    assertThat(running.transcript().outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(running.transcript().message()).contains("its session was reset");
    assertThat(run(session, "1").outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"import time; time.sleep(100)", "while True: pass"})
  void anInterruptKeepsTheNames(String code) {
    String session = create();
    run(session, "x = 1");
    LiveRun running = client.start(inSession(session, "print('on')\n" + code));
    running.awaitOutput("on\n");

    assertThat(interrupt(session)).isTrue();

    assertThat(running.transcript().finished().getException().getType())
        .isEqualTo("KeyboardInterrupt");
    assertThat(run(session, "x").finished().getValue().getRepr()).isEqualTo("1");
    assertThat(interrupt(session)).isFalse();
  }

  @Test
  void codeThatTakesNoInterruptIsKilled() {
    String session = create();
    LiveRun running =
        client.start(
            inSession(
                session,
                """
                import ctypes, signal
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
                print('on')
                ctypes.CDLL(None).sleep(100)
                """));
    running.awaitOutput("on\n");

    interrupt(session);

    assertThat(running.transcript().outcome()).isEqualTo(Outcome.CANCELLED);
    Transcript next = run(session, "1");
    assertThat(next.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(next.accepted().getStateLost()).contains("went on for 1.5 s");
  }

  // ---- turns ----

  @Test
  void runsOfASessionTakeTurnsOrAreRefused() {
    String session = create();
    LiveRun first = client.start(inSession(session, "print('on'); x = [input()]").setStdin(true));
    first.awaitOutput("on\n");
    assertThat(get(session).getState()).isEqualTo(Session.State.BUSY);

    assertThatThrownBy(() -> client.run(inSession(session, "1").setIfBusy(StartRun.IfBusy.REFUSE)))
        .hasMessageContaining("FAILED_PRECONDITION: session " + session + " has a run in progress");
    LiveRun second = client.start(inSession(session, "x.append('second')"));
    first.stdin("first\n");

    assertThat(second.transcript().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run(session, "x").finished().getValue().getRepr()).isEqualTo("['first', 'second']");
  }

  @Test
  void aRunThatWaitsForItsTurnCanBeCancelled() {
    String session = create();
    LiveRun first = busy(session);
    LiveRun second = client.start(inSession(session, "1"));

    second.cancel("enough");

    assertThatThrownBy(second::transcript).hasMessageContaining("outcome: CANCELLED");
    first.cancel("enough");
    assertThat(first.transcript().outcome()).isEqualTo(Outcome.CANCELLED);
  }

  @Test
  void whatWasSentToOneRunIsNotTheNextOnes() {
    String session = create();
    LiveRun first = client.start(inSession(session, "print(input())").setStdin(true));
    first.stdin("one\ntwo\n");
    assertThat(first.transcript().output()).isEqualTo("one\n");

    assertThat(run(session, "input()").finished().getException().getType()).isEqualTo("EOFError");
    LiveRun third = client.start(inSession(session, "print(input())").setStdin(true));
    third.stdin("three\n");
    assertThat(third.transcript().output()).isEqualTo("three\n");
  }

  // ---- ends ----

  @Test
  void anIdleSessionEndsByItself() {
    String session =
        client
            .sessions()
            .createSession(CreateSessionRequest.newBuilder().setIdleTimeout(seconds(1)).build())
            .getSession()
            .getSessionId();

    await().atMost(SOON).until(() -> list().isEmpty());

    assertThatThrownBy(() -> run(session, "1")).hasMessageContaining("NOT_FOUND: there is no");
  }

  @Test
  void theNewsOfSessionsAreToldToWhoWatches() {
    Iterator<WatchSessionsResponse> news =
        client.sessions().watchSessions(WatchSessionsRequest.getDefaultInstance());
    assertThat(news.next().hasWatching()).isTrue();
    String session =
        client
            .sessions()
            .createSession(
                CreateSessionRequest.newBuilder()
                    .setName("watched")
                    .setIdleTimeout(seconds(6))
                    .build())
            .getSession()
            .getSessionId();

    assertThat(run(session, "import os; os._exit(3)").outcome()).isEqualTo(Outcome.FAILED);
    WatchSessionsResponse lost = news.next();
    assertThat(lost.getSessionId()).isEqualTo(session);
    assertThat(lost.getName()).isEqualTo("watched");
    assertThat(lost.getInterpreterLost().getWhy()).contains("exited");

    assertThat(news.next().getEnding().getWhy()).isEqualTo("it is idle");
    assertThat(news.next().getEnded().getWhy()).isEqualTo("the session was idle for too long");
  }

  @Test
  void aSessionSaysWhatMemoryItHoldsAndHeldAtMost() {
    String session = create();
    assertThat(run(session, "b'x' * (64 << 20); None").outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(run(session, "kept = b'x' * (32 << 20)").outcome()).isEqualTo(Outcome.SUCCEEDED);

    Session now = get(session);

    assertThat(now.getMemoryBytes()).isGreaterThan(32 << 20).isLessThan(now.getMemoryPeakBytes());
  }

  @Test
  void aSessionSaysWhatItsRunsTookTogetherAndThatItAnswers() {
    String session = create();
    run(session, "print('four')");
    run(session, "print('three', end='')\n1 / 0");

    Session now = get(session);

    assertThat(now.getUsage().getOutputBytes()).isEqualTo(10);
    assertThat(now.getUsage().getMemoryPeakBytes()).isEqualTo(now.getMemoryPeakBytes());
    assertThat(now.getUsage().getWallTime().getNanos()).isPositive();
    assertThat(now.getResponsive()).isTrue();
  }

  @Test
  void aSessionAnswersWhileItsCodeHoldsTheInterpreter() {
    String session = create();
    LiveRun running = client.start(inSession(session, "print('on')\n10 ** 10 ** 9"));
    running.awaitOutput("on\n");

    assertThat(get(session).getState()).isEqualTo(Session.State.BUSY);
    assertThat(get(session).getResponsive()).isTrue();
    delete(session);
  }

  @Test
  void aSessionEndsAtItsTimeToLiveWhateverItDoes() {
    String session =
        client
            .sessions()
            .createSession(CreateSessionRequest.newBuilder().setTimeToLive(seconds(6)).build())
            .getSession()
            .getSessionId();
    LiveRun running = busy(session);

    assertThat(running.transcript().outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(running.transcript().message()).contains("reached its time to live");
  }

  @Test
  void aSessionWhoseCallerHasGivenUpDoesNotStand() {
    // A sandbox of this policy has to be made first, which takes longer.
    assertThatThrownBy(() ->
            client
                .sessions()
                .withDeadlineAfter(java.time.Duration.ofMillis(50))
                .createSession(CreateSessionRequest.newBuilder().setPolicy("cold").build()))
        .hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(client.full()).isFalse();

    await().atMost(SOON).until(client::full);
    assertThat(list()).isEmpty();
  }

  @Test
  void thereAreNoMoreSessionsThanAllowed() {
    List<String> sessions = IntStream.range(0, 3).mapToObj(n -> create()).toList();

    assertThatThrownBy(SessionsTest::create)
        .hasMessageContaining("FAILED_PRECONDITION: there are 3 sessions, as many as there may be");

    delete(sessions.getFirst());
    assertThat(create()).isNotEmpty();
  }

  @Test
  void requestsThatCannotBeMetSayWhy() {
    String session = create();

    assertThatThrownBy(() -> client.run(inSession(session, "1").setPolicy("small")))
        .hasMessageContaining("INVALID_ARGUMENT: the run asks for policy 'small' in a session of");
    assertThatThrownBy(() -> run("unknown", "1"))
        .hasMessageContaining("NOT_FOUND: there is no session 'unknown'");
    assertThatThrownBy(() ->
            client
                .sessions()
                .createSession(CreateSessionRequest.newBuilder().setPolicy("unknown").build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("NOT_FOUND");
    assertThatThrownBy(() ->
            client
                .sessions()
                .createSession(CreateSessionRequest.newBuilder().setName("x".repeat(101)).build()))
        .hasMessageContaining("INVALID_ARGUMENT: name has more than 100 characters; shorten it");
    assertThatThrownBy(() ->
            client
                .sessions()
                .createSession(
                    CreateSessionRequest.newBuilder().setIdleTimeout(seconds(0)).build()))
        .hasMessageContaining("INVALID_ARGUMENT: idle_timeout is 0s; 1s to 24h are allowed");
  }

  private static LiveRun busy(String session) {
    LiveRun running = client.start(inSession(session, "print('on')\nwhile True: pass"));
    running.awaitOutput("on\n");
    return running;
  }

  private static Transcript run(String session, String code) {
    return client.run(inSession(session, code));
  }

  private static StartRun.Builder inSession(String session, String code) {
    return RunClient.program(code).setSession(session);
  }

  private static String create() {
    return client
        .sessions()
        .createSession(CreateSessionRequest.getDefaultInstance())
        .getSession()
        .getSessionId();
  }

  private static List<Session> list() {
    return client
        .sessions()
        .listSessions(ListSessionsRequest.getDefaultInstance())
        .getSessionsList();
  }

  private static Session get(String id) {
    return client
        .sessions()
        .getSession(GetSessionRequest.newBuilder().setSessionId(id).build())
        .getSession();
  }

  private static Session reset(String id, boolean clearFiles) {
    return client
        .sessions()
        .resetSession(
            ResetSessionRequest.newBuilder().setSessionId(id).setClearFiles(clearFiles).build())
        .getSession();
  }

  private static boolean interrupt(String id) {
    return client
        .sessions()
        .interruptSession(InterruptSessionRequest.newBuilder().setSessionId(id).build())
        .getWasRunning();
  }

  private static void delete(String id) {
    var unused =
        client.sessions().deleteSession(DeleteSessionRequest.newBuilder().setSessionId(id).build());
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }
}
