package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.channel.FrameKind;
import dev.caisson.daemon.channel.Message;
import dev.caisson.daemon.channel.ScriptedAgent;
import dev.caisson.daemon.egress.Dialer;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.ManualTicker;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.model.ToolAnswer;
import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.policy.RequestedLimits;
import dev.caisson.daemon.runtime.SandboxDeath;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs conducted against an agent that the test plays. */
class SandboxRunExecutorTest {

  private static final ToolCatalogue WEATHER =
      new ToolCatalogue(
          List.of(
              new ToolCatalogue.Server(
                  "weather",
                  "",
                  List.of(new ToolCatalogue.Tool("get-weather", "", "Weather.", "{}", "")))));
  private static final String CALL =
      "{\"service\":\"tools\",\"method\":\"call\",\"server\":\"weather\",\"tool\":\"get-weather\"}";

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final ScriptedSandboxes sandboxes = new ScriptedSandboxes();
  private final ScriptedAgent agent = ScriptedAgent.ready();
  private final List<RunEvent> audited = new CopyOnWriteArrayList<>();
  private final RunRegistry registry = registry(Ticker.SYSTEM);

  private RunRegistry registry(Ticker ticker) {
    return new RunRegistry(
        new SandboxRunExecutor(
            PolicyStore.shipped(),
            sandboxes,
            KeptSandboxes.NONE,
            new Gate(Dialer.toTheInternet(), Ticker.SYSTEM),
            timer,
            ticker,
            Duration.ofSeconds(10)),
        () -> new RunId("run-1"),
        (run, last) -> audited.add(last));
  }

  @AfterEach
  void nothingIsLeft() {
    timer.shutdownNow();
    await().until(() -> sandboxes.leased.get() == 0);
    await().until(() -> registry.active() == 0);
  }

  @Test
  void aRunIsAcceptedHeardAndFinished() throws InterruptedException {
    Run run = start(spec());
    assertThat(take(run)).isInstanceOf(RunEvent.Accepted.class);
    agent.awaits(FrameKind.RUN);

    agent.prints(FrameKind.OUTPUT, 0, "42\n");
    agent.ends("{\"how\":\"completed\"}");
    agent.drains(1);

    assertThat(text(take(run))).isEqualTo("42\n");
    RunEvent.Finished finished = (RunEvent.Finished) take(run);
    assertThat(finished.report().outcome()).isEqualTo(new RunOutcome.Succeeded(Optional.empty()));
    assertThat(finished.report().usage().outputBytes()).isEqualTo(3);
    assertThat(finished.report().usage().memoryPeak()).isEqualTo(ByteSize.ofMebibytes(30));
    await().untilAsserted(() -> assertThat(audited).hasSize(1));
    assertThat(audited.getFirst()).isInstanceOf(RunEvent.Finished.class);
  }

  @Test
  void theSandboxIsToldThatARunBegins() throws InterruptedException {
    Run run = start(spec());
    agent.awaits(FrameKind.RUN);
    assertThat(sandboxes.runsBegun).hasValue(1);
    agent.ends("{\"how\":\"completed\"}");
    agent.drains(0);
    outcome(run);
  }

  @Test
  void theSandboxIsGivenUpWhenTheRunHasEnded() throws InterruptedException {
    Run run = start(spec());
    agent.awaits(FrameKind.RUN);

    agent.ends("{\"how\":\"completed\"}");
    agent.drains(0);

    outcome(run);
    await().until(agent::closed);
  }

  @Test
  void pastItsDeadlineTheRunIsKilledAndTimedOutWithWhatItWrote() throws InterruptedException {
    Run run = start(spec(limits(Duration.ofMillis(40))));
    agent.awaits(FrameKind.KILL);

    agent.says(FrameKind.WORKER_EXITED, 1, "{\"signal\":9,\"cause\":\"killed\"}");
    agent.drains(1);
    agent.prints(FrameKind.OUTPUT, 0, "last words");

    assertThat(take(run)).isInstanceOf(RunEvent.Accepted.class);
    assertThat(text(take(run))).isEqualTo("last words");
    assertThat(outcome(run)).isEqualTo(new RunOutcome.TimedOut(Duration.ofMillis(40)));
  }

  @Test
  void anAgentThatIgnoresTheKillDoesNotHoldUpTheEnd() throws InterruptedException {
    Run run = start(spec(limits(Duration.ofMillis(10))));
    agent.awaits(FrameKind.KILL);

    assertThat(outcome(run)).isEqualTo(new RunOutcome.TimedOut(Duration.ofMillis(10)));
  }

  @Test
  void aCancelledRunIsKilledAndSaysWhy() throws InterruptedException {
    Run run = start(spec());
    agent.awaits(FrameKind.RUN);

    run.cancel("enough");

    agent.awaits(FrameKind.KILL);
    assertThat(outcome(run)).isEqualTo(new RunOutcome.Cancelled("enough"));
  }

  @Test
  void aRunCancelledWhileItWaitsForASandboxEndsAtOnce() throws InterruptedException {
    Run run = registry.start(spec());

    run.cancel("changed my mind");

    assertThat(take(run))
        .isInstanceOfSatisfying(
            RunEvent.Finished.class,
            f ->
                assertThat(f.report().outcome())
                    .isEqualTo(new RunOutcome.Cancelled("changed my mind")));
  }

  @Test
  void outputPastTheLimitIsDroppedAndCounted() throws InterruptedException {
    Run run = start(spec(outputLimit(5)));
    agent.awaits(FrameKind.RUN);

    agent.prints(FrameKind.OUTPUT, 0, "12345678");
    agent.prints(FrameKind.OUTPUT, 0, "9");
    agent.ends("{\"how\":\"completed\"}");
    agent.drains(2);

    take(run);
    assertThat(text(take(run))).isEqualTo("12345");
    RunEvent.Finished finished = (RunEvent.Finished) take(run);
    assertThat(finished.report().usage().outputBytesDropped()).isEqualTo(4);
    assertThat(finished.report().outcome()).isEqualTo(new RunOutcome.Succeeded(Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({"1, 100", "9, 5"})
  void displaysPastALimitAreDroppedAndCounted(long count, long bytes) throws InterruptedException {
    Run run =
        start(
            spec(
                RequestedLimits.NONE.with(
                    new RequestedLimits.OfDisplays(Optional.of(count), Optional.of(bytes)))));
    agent.awaits(FrameKind.RUN);

    String header = "{\"after\":0,\"parts\":[{\"mime\":\"text/plain\",\"bytes\":5}]}";
    agent.displays(header, "hello");
    agent.displays(header, "again");
    agent.ends("{\"how\":\"completed\"}");
    agent.drains(2);

    take(run);
    RunEvent.Displayed shown = (RunEvent.Displayed) take(run);
    assertThat(shown.shown().parts())
        .extracting(part -> new String(part.data(), StandardCharsets.UTF_8))
        .containsExactly("hello");
    RunEvent.Finished finished = (RunEvent.Finished) take(run);
    assertThat(finished.report().usage().displaysDropped()).isEqualTo(1);
    assertThat(finished.report().outcome()).isEqualTo(new RunOutcome.Succeeded(Optional.empty()));
  }

  @Test
  void displaysFarPastTheirLimitEndTheRun() throws InterruptedException {
    Run run =
        start(
            spec(
                RequestedLimits.NONE.with(
                    new RequestedLimits.OfDisplays(Optional.of(0L), Optional.of(0L)))));
    agent.awaits(FrameKind.RUN);

    for (int i = 0; i <= 1_000; i++) {
      agent.displays("{\"after\":0,\"parts\":[]}", "");
    }

    assertThat(outcome(run))
        .isEqualTo(
            new RunOutcome.LimitExceeded(
                "output.displays",
                "the program made more than 1000 displays; its limit is 0 (output.displays)"));
  }

  @ParameterizedTest
  @CsvSource({"20000, 1", "1048576, 2"})
  void roomForMuchOutputIsGivenBackAtThePace(long limit, int delivered)
      throws InterruptedException {
    CountDownLatch released = new CountDownLatch(1);
    RunRegistry timeless = registry(new ManualTicker());
    sandboxes.agents.add(agent);
    Run run = timeless.start(spec(outputLimit(limit)));
    agent.awaits(FrameKind.RUN);
    var unused =
        timer.submit(() -> {
          released.await();
          return 0;
        });
    await().until(() -> timer.getActiveCount() == 1);
    int others = timer.getQueue().size();

    agent.prints(FrameKind.CAPTURED_OUTPUT, 0, "x".repeat(60_000));
    agent.prints(FrameKind.CAPTURED_OUTPUT, 0, "x".repeat(60_000));
    assertThat(take(run)).isInstanceOf(RunEvent.Accepted.class);
    for (int piece = 0; piece < delivered; piece++) {
      ((RunEvent.Output) take(run)).taken().run();
    }

    await().until(() -> timer.getQueue().size() == others + 1);
    released.countDown();
    agent.awaits(FrameKind.CREDIT);
    run.cancel("enough");
    await().until(() -> timeless.active() == 0);
  }

  @Test
  void outputPastTenTimesTheLimitEndsTheRun() throws InterruptedException {
    Run run = start(spec(outputLimit(5)));
    agent.awaits(FrameKind.RUN);

    agent.prints(FrameKind.OUTPUT, 0, "x".repeat(51));

    RunOutcome outcome = outcome(run);
    assertThat(outcome)
        .isEqualTo(
            new RunOutcome.LimitExceeded(
                "output.bytes",
                "the program wrote more than 50 B, ten times its limit of output (output.bytes)"));
  }

  @Test
  void aSandboxThatDiesAtItsMemoryLimitIsOutOfMemory() throws InterruptedException {
    sandboxes.death = new SandboxDeath.OutOfMemory();
    Run run = start(spec());
    agent.awaits(FrameKind.RUN);

    agent.dies();

    assertThat(outcome(run)).isEqualTo(new RunOutcome.OutOfMemory(ByteSize.ofMebibytes(256)));
  }

  @Test
  void aSandboxThatEndsWithoutAWordIsLost() throws InterruptedException {
    sandboxes.death = new SandboxDeath.Exited(137);
    Run run = start(spec());
    agent.awaits(FrameKind.RUN);

    agent.dies();

    assertThat(outcome(run))
        .isInstanceOf(RunOutcome.SandboxLost.class)
        .extracting(RunOutcome::exitCode)
        .isEqualTo(123);
  }

  @Test
  void aBrokenRuleOfTheChannelIsAProtocolViolation() throws InterruptedException {
    Run run = start(spec());
    agent.awaits(FrameKind.RUN);

    agent.says(FrameKind.READY, 0, "{}");

    assertThat(outcome(run))
        .isEqualTo(new RunOutcome.ProtocolViolation("a ready frame in state running"));
  }

  @Test
  void aToolCallGoesOutAndItsAnswerComesIn() throws InterruptedException {
    Run run = start(spec(WEATHER));
    agent.awaits(FrameKind.RUN);

    agent.calls(1, CALL, "{\"city\":\"Austin\"}");

    take(run);
    RunEvent.ToolCalled called = (RunEvent.ToolCalled) take(run);
    assertThat(called.server()).isEqualTo("weather");
    assertThat(called.tool()).isEqualTo("get-weather");
    assertThat(new String(called.arguments(), StandardCharsets.UTF_8))
        .isEqualTo("{\"city\":\"Austin\"}");
    run.toolAnswer(called.callId(), new ToolAnswer.Value("31".getBytes(StandardCharsets.UTF_8)));
    Message result = agent.awaits(FrameKind.RESULT);
    assertThat(result.stream()).isEqualTo(1);
    finish(run);
  }

  @Test
  void answersGoToTheCallsThatTheyAnswerInAnyOrder() throws InterruptedException {
    Run run = start(spec(WEATHER));
    agent.awaits(FrameKind.RUN);
    agent.calls(1, CALL, "{}");
    agent.calls(2, CALL, "{}");
    take(run);
    String first = ((RunEvent.ToolCalled) take(run)).callId();
    String second = ((RunEvent.ToolCalled) take(run)).callId();

    run.toolAnswer(second, new ToolAnswer.Value("2".getBytes(StandardCharsets.UTF_8)));
    run.toolAnswer(
        first, new ToolAnswer.Failure(ToolAnswer.Reason.UNAVAILABLE, "the server is down"));

    assertThat(agent.awaits(FrameKind.RESULT).stream()).isEqualTo(2);
    Message error = agent.awaits(FrameKind.ERROR);
    assertThat(error.stream()).isEqualTo(1);
    assertThat(new String(error.payload(), StandardCharsets.UTF_8))
        .isEqualTo("{\"reason\":\"unavailable\",\"message\":\"the server is down\"}");
    finish(run);
  }

  @Test
  void anAnswerToACallNeverMadeIsRefusedAndASecondAnswerIsDropped() throws InterruptedException {
    Run run = start(spec(WEATHER));
    agent.awaits(FrameKind.RUN);
    agent.calls(1, CALL, "{}");
    take(run);
    String id = ((RunEvent.ToolCalled) take(run)).callId();
    ToolAnswer one = new ToolAnswer.Value("1".getBytes(StandardCharsets.UTF_8));

    run.toolAnswer(id, one);
    run.toolAnswer(id, one);

    agent.awaits(FrameKind.RESULT);
    assertThat(agent.heard(FrameKind.RESULT)).isFalse();
    assertThatThrownBy(() -> run.toolAnswer("call-2", one))
        .isInstanceOf(SandboxException.class)
        .hasMessage("this run has made no tool call with the id 'call-2'")
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.FAILED_PRECONDITION);
    finish(run);
  }

  @Test
  void aToolThatTheRunWasNotGivenIsRefusedInTheDaemon() throws InterruptedException {
    Run run = start(spec(WEATHER));
    agent.awaits(FrameKind.RUN);

    agent.calls(1, CALL.replace("get-weather", "delete_all"), "{}");

    assertThat(new String(agent.awaits(FrameKind.ERROR).payload(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"reason\":\"denied\",\"message\":\"this run has no tool 'delete_all' of server"
                + " 'weather'\"}");
    finish(run);
  }

  @Test
  void aToolOfAServerThatCannotBeUsedIsAnsweredWithTheReasonAndNobodyIsCalled()
      throws InterruptedException {
    ToolCatalogue tools =
        new ToolCatalogue(
            List.of(new ToolCatalogue.Server("weather", "", "it did not start", List.of())));
    Run run = start(spec(tools));
    agent.awaits(FrameKind.RUN);

    agent.calls(1, CALL, "{}");

    assertThat(new String(agent.awaits(FrameKind.ERROR).payload(), StandardCharsets.UTF_8))
        .isEqualTo("{\"reason\":\"unavailable\",\"message\":\"it did not start\"}");
    finish(run);
  }

  @Test
  void argumentsThatAreNoJsonObjectNeverLeave() throws InterruptedException {
    Run run = start(spec(WEATHER));
    agent.awaits(FrameKind.RUN);

    agent.calls(1, CALL, "[1]");
    agent.calls(2, CALL, "{\"a\":" + "[".repeat(80) + "]".repeat(80) + "}");

    for (int i = 0; i < 2; i++) {
      assertThat(new String(agent.awaits(FrameKind.ERROR).payload(), StandardCharsets.UTF_8))
          .startsWith(
              "{\"reason\":\"invalid_arguments\",\"message\":\"the arguments cannot be read");
    }
    finish(run);
  }

  @Test
  void argumentsOverTheLimitNeverLeaveWhateverTheAgentChecked() throws InterruptedException {
    Run run = start(spec(WEATHER));
    agent.awaits(FrameKind.RUN);

    agent.calls(1, CALL, "{\"a\":\"" + "x".repeat(1 << 20) + "\"}");

    assertThat(new String(agent.awaits(FrameKind.ERROR).payload(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"reason\":\"limit\",\"message\":\"the arguments have 1048584 B;"
                + " the limit is 1 MiB (tools.argument_bytes)\"}");
    finish(run);
  }

  @Test
  void cpuTimeOverTheLimitEndsTheRun() throws InterruptedException {
    sandboxes.cpuTimeEachLook = Duration.ofMillis(60);
    Run run =
        start(
            spec(
                new RequestedLimits(
                    Optional.of(Duration.ofSeconds(5)),
                    Optional.of(Duration.ofMillis(100)),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty())));
    agent.awaits(FrameKind.RUN);

    assertThat(outcome(run))
        .isEqualTo(
            new RunOutcome.LimitExceeded(
                "time.cpu", "the program used more than 100ms of CPU time (time.cpu)"));
  }

  @Test
  void oneCallMoreThanTheLimitEndsTheRun() throws InterruptedException {
    RequestedLimits one =
        new RequestedLimits(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(1L),
            Optional.empty());
    Run run = start(spec(one, WEATHER));
    agent.awaits(FrameKind.RUN);

    agent.calls(1, CALL, "{}");
    agent.calls(2, CALL, "{}");

    assertThat(outcome(run))
        .isEqualTo(
            new RunOutcome.LimitExceeded(
                "tools.calls", "the program made more than 1 tool calls (tools.calls)"));
  }

  @Test
  void moreCallsInFlightThanAgreedIsAViolation() throws InterruptedException {
    RequestedLimits one =
        new RequestedLimits(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(1L));
    Run run = start(spec(one, WEATHER));
    agent.awaits(FrameKind.RUN);

    agent.calls(1, CALL, "{}");
    agent.calls(2, CALL, "{}");

    assertThat(outcome(run))
        .isEqualTo(new RunOutcome.ProtocolViolation("more than 1 tool calls in flight"));
  }

  @Test
  void openCallsAreWithdrawnWhenTheRunEndsAndAnAnswerIsDropped() throws InterruptedException {
    Run run = start(spec(WEATHER));
    agent.awaits(FrameKind.RUN);
    agent.calls(1, CALL, "{}");
    take(run);
    String id = ((RunEvent.ToolCalled) take(run)).callId();

    agent.ends("{\"how\":\"completed\"}");
    agent.drains(0);

    assertThat(take(run)).isEqualTo(new RunEvent.ToolCallWithdrawn(id, "the run has ended"));
    assertThat(outcome(run)).isInstanceOf(RunOutcome.Succeeded.class);
    run.toolAnswer(id, new ToolAnswer.Value(new byte[] {'1'}));
  }

  @Test
  void aCallThatTheProgramGivesUpIsWithdrawn() throws InterruptedException {
    Run run = start(spec(WEATHER));
    agent.awaits(FrameKind.RUN);
    agent.calls(1, CALL, "{}");
    take(run);
    assertThat(take(run)).isInstanceOf(RunEvent.ToolCalled.class);
    // Not before the client has seen the call: one that it has not seen is taken back unseen.
    agent.says(FrameKind.CALL_CANCEL, 1, new byte[0]);

    assertThat(take(run))
        .isEqualTo(new RunEvent.ToolCallWithdrawn("call-1", "the program no longer waits for it"));
    finish(run);
  }

  @Test
  void aPolicyThatDoesNotExistIsARequestError() throws InterruptedException {
    Run run =
        registry.start(
            new RunSpec(
                Identity.LOCAL,
                "1",
                Optional.empty(),
                "defualt",
                RequestedLimits.NONE,
                Map.of(),
                List.of(),
                false,
                ToolCatalogue.EMPTY,
                false,
                Optional.empty()));

    RunEvent.Failed failed = (RunEvent.Failed) take(run);
    assertThat(failed.error().code()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(failed.error()).hasMessageContaining("default");
    // Whoever sends something to a run that never began must not wait for it for ever.
    run.stdin(new byte[] {'x'});
  }

  @Test
  void drainingRefusesNewRunsAndCancelsThoseThatDoNotEnd() throws InterruptedException {
    Run run = start(spec());
    agent.awaits(FrameKind.RUN);

    registry.drain(Deadline.after(Duration.ZERO));

    assertThat(outcome(run)).isEqualTo(new RunOutcome.Cancelled("the daemon is shutting down"));
    assertThatThrownBy(() -> registry.start(spec()))
        .hasMessage("the daemon is shutting down and takes no new runs");
  }

  private Run start(RunSpec spec) {
    sandboxes.agents.add(agent);
    return registry.start(spec);
  }

  private void finish(Run run) throws InterruptedException {
    agent.ends("{\"how\":\"completed\"}");
    agent.drains(0);
    outcome(run);
  }

  private static RunSpec spec() {
    return spec(RequestedLimits.NONE, ToolCatalogue.EMPTY);
  }

  private static RunSpec spec(RequestedLimits limits) {
    return spec(limits, ToolCatalogue.EMPTY);
  }

  private static RunSpec spec(ToolCatalogue tools) {
    return spec(RequestedLimits.NONE, tools);
  }

  private static RunSpec spec(RequestedLimits limits, ToolCatalogue tools) {
    return new RunSpec(
        Identity.LOCAL,
        "code",
        Optional.empty(),
        "default",
        limits,
        Map.of(),
        List.of(),
        false,
        tools,
        true,
        Optional.empty());
  }

  private static RequestedLimits limits(Duration wall) {
    return new RequestedLimits(
        Optional.of(wall), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static RequestedLimits outputLimit(long bytes) {
    return new RequestedLimits(
        Optional.empty(), Optional.empty(), Optional.of(bytes), Optional.empty(), Optional.empty());
  }

  private static RunEvent take(Run run) throws InterruptedException {
    return run.events().follow().next().event();
  }

  private static String text(RunEvent event) {
    assertThat(event).isInstanceOf(RunEvent.Output.class);
    return new String(((RunEvent.Output) event).data(), StandardCharsets.UTF_8);
  }

  private static RunOutcome outcome(Run run) throws InterruptedException {
    RunEventLog.Entry entry;
    do {
      entry = run.events().follow().next();
    } while (!entry.last());
    assertThat(entry.event()).isInstanceOf(RunEvent.Finished.class);
    return ((RunEvent.Finished) entry.event()).report().outcome();
  }
}
