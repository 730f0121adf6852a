package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.channel.FrameKind;
import dev.caisson.daemon.channel.ScriptedAgent;
import dev.caisson.daemon.egress.Dialer;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.RunReport;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.model.WorkspacePath;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.policy.RequestedLimits;
import dev.caisson.daemon.runtime.RunningSandbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to the files of a run while its sandbox, played by the test, takes its time. */
@Timeout(60)
class WorkspaceOfRunTest {

  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofMillis(30);
  private static final RunFiles BROUGHT =
      new RunFiles(
          List.of(new RunFiles.Brought(new WorkspacePath("data"), new byte[] {1})),
          Optional.empty(),
          new RunFiles.Wanted(List.of(), false, false));
  private static final RunFiles CHANGED =
      new RunFiles(List.of(), Optional.empty(), new RunFiles.Wanted(List.of(), true, false));
  private static final RunFiles ALL =
      new RunFiles(
          List.of(),
          Optional.empty(),
          new RunFiles.Wanted(List.of(new FilePattern(new WorkspacePath("*"))), false, false));
  private static final String ENTRY =
      "{\"name\":\"file\",\"kind\":\"file\",\"size\":%d,\"modified\":1,\"mode\":420,\"links\":1}";

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final ScriptedSandboxes sandboxes = new ScriptedSandboxes();
  private final ScriptedAgent agent = ScriptedAgent.ready();

  @AfterEach
  void nothingIsLeft() {
    timer.shutdownNow();
    await().until(() -> sandboxes.leased.get() == 0);
  }

  // ---- before the program ----

  @Test
  void aRunThatIsCancelledWhileItsFilesAreBroughtEndsAndNothingRuns() throws Exception {
    Run run = start(BROUGHT, NEVER, NEVER, NEVER);
    agent.awaits(FrameKind.FILE_WRITE);

    run.cancel("enough");

    assertThat(finished(run).outcome()).isEqualTo(new RunOutcome.Cancelled("enough"));
    assertThat(agent.heard(FrameKind.RUN)).isFalse();
  }

  @Test
  void aRunThatIsCancelledWhileItIsNotedWhatThereIsEndsAndNothingRuns() throws Exception {
    Run run = start(CHANGED, NEVER, NEVER, NEVER);
    agent.awaits(FrameKind.FILE_LIST);

    run.cancel("enough");

    assertThat(finished(run).outcome()).isEqualTo(new RunOutcome.Cancelled("enough"));
    assertThat(agent.heard(FrameKind.RUN)).isFalse();
  }

  @Test
  void filesThatAreNotThereInTimeAreAnErrorOfTheRun() throws Exception {
    Run run = start(BROUGHT, SHORT, NEVER, NEVER);

    RunEvent.Failed failed = (RunEvent.Failed) events(run).getLast();

    assertThat(failed.error())
        .hasMessage("the files of the run were not in the sandbox after 30ms; try again");
    assertThat(failed.error().code()).isEqualTo(ErrorCode.TOO_SLOW);
  }

  // ---- after it ----

  @Test
  void aRunThatIsCancelledWhileItsFilesComeBackHasItsOutcomeAndSaysWhyTheyDoNot() throws Exception {
    Run run = start(ALL, NEVER, NEVER, NEVER);
    program();
    agent.awaits(FrameKind.FILE_LIST);

    run.cancel("enough");

    List<RunEvent> events = events(run);
    assertThat(leftOut(events))
        .containsExactly("no more files come back: the run was cancelled: enough");
    assertThat(((RunEvent.Finished) events.getLast()).report().outcome())
        .isEqualTo(new RunOutcome.Succeeded(Optional.empty()));
  }

  @Test
  void filesThatTakeTooLongToComeBackAreLeftOutAndThatIsSaid() throws Exception {
    Run run = start(ALL, NEVER, SHORT, NEVER);
    program();

    assertThat(leftOut(events(run)))
        .containsExactly(
            "no more files come back: they took more than 30ms; ask for fewer, or read them faster");
  }

  @Test
  void aCallerWhoReadsNothingGetsNoMoreFiles() throws Exception {
    Run run = start(ALL, NEVER, NEVER, SHORT);
    program();
    agent.awaits(FrameKind.FILE_LIST);
    agent.says(FrameKind.FILE_DONE, 1, page(100));
    agent.awaits(FrameKind.FILE_READ);
    agent.says(FrameKind.FILE_FOUND, 2, "{\"entry\":%s}".formatted(ENTRY.formatted(100)));
    for (int n = 0; n < 20; n++) {
      agent.says(FrameKind.FILE_DATA, 2, new byte[1]);
    }
    await().until(agent::closed);

    assertThat(leftOut(events(run)))
        .containsExactly("no more files come back: nothing was read for 30ms");
  }

  @Test
  void aFileThatGrewPastTheLimitSinceItWasListedIsLeftOutAndNotCut() throws Exception {
    Run run = start(ALL, NEVER, NEVER, NEVER);
    program();
    agent.awaits(FrameKind.FILE_LIST);
    agent.says(FrameKind.FILE_DONE, 1, page(100));
    agent.awaits(FrameKind.FILE_READ);
    agent.says(
        FrameKind.FILE_FOUND,
        2,
        "{\"entry\":%s}".formatted(ENTRY.formatted(OutputFiles.BYTES + 1)));

    List<RunEvent> events = events(run);
    assertThat(leftOut(events)).containsExactly("at most 64 MiB come back");
    assertThat(events).filteredOn(event -> event instanceof RunEvent.OfFile).hasSize(1);
  }

  /** What its threads would still write is not what the run has left. */
  @Test
  void theInterpreterOfARunWithItsOwnSandboxIsEndedBeforeItsFilesAreLookedFor() throws Exception {
    Run run = start(ALL, NEVER, NEVER, NEVER);
    program();

    agent.awaits(FrameKind.KILL);
    agent.awaits(FrameKind.FILE_LIST);
    agent.says(FrameKind.FILE_ERROR, 1, "{\"reason\":\"not_found\"}");

    assertThat(leftOut(events(run))).isEmpty();
  }

  @Test
  void theInterpreterOfASessionGoesOn() throws Exception {
    Run run =
        new RunRegistry(
                executor(this::turn, new RunFilePatience(NEVER, NEVER, NEVER)),
                () -> new RunId("run-1"),
                (ended, last) -> {})
            .start(spec(ALL, "", Optional.of(new RunSpec.Place(new SessionId("session"), true))));
    sandboxes.agents.add(agent);
    program();

    agent.awaits(FrameKind.FILE_LIST);
    agent.says(FrameKind.FILE_ERROR, 1, "{\"reason\":\"not_found\"}");

    assertThat(leftOut(events(run))).isEmpty();
    assertThat(agent.heard(FrameKind.KILL)).isFalse();
  }

  // ---- the scene ----

  /** The program of the run, which ends at once. */
  private void program() throws InterruptedException {
    agent.awaits(FrameKind.RUN);
    agent.ends("{\"how\":\"completed\"}");
    agent.drains(0);
  }

  private static String page(long size) {
    return "{\"entries\":[%s],\"more\":false,\"unlisted\":0}".formatted(ENTRY.formatted(size));
  }

  private Run start(RunFiles files, Duration before, Duration after, Duration reader) {
    sandboxes.agents.add(agent);
    return new RunRegistry(
            executor(KeptSandboxes.NONE, new RunFilePatience(before, after, reader)),
            () -> new RunId("run-1"),
            (run, last) -> {})
        .start(spec(files, "default", Optional.empty()));
  }

  private SandboxRunExecutor executor(KeptSandboxes kept, RunFilePatience patience) {
    return new SandboxRunExecutor(
        PolicyStore.shipped(),
        sandboxes,
        kept,
        new Gate(Dialer.toTheInternet(), Ticker.SYSTEM),
        timer,
        Ticker.SYSTEM,
        Duration.ofSeconds(10),
        patience);
  }

  private static RunSpec spec(RunFiles files, String policy, Optional<RunSpec.Place> place) {
    return new RunSpec(
        Identity.LOCAL,
        "code",
        Optional.empty(),
        policy,
        RequestedLimits.NONE,
        Map.of(),
        List.of(),
        false,
        ToolCatalogue.EMPTY,
        true,
        place,
        files);
  }

  /** The only turn of a session, which ends with it. */
  private KeptSandboxes.Turn turn(Run run, RunSpec.Place place, Deadline deadline)
      throws InterruptedException {
    SandboxShape shape = PolicyStore.shipped().find("default").shape();
    return new OnlyTurn(sandboxes.lease(shape, deadline));
  }

  private record OnlyTurn(Sandboxes.Leased leased) implements KeptSandboxes.Turn {

    @Override
    public String policy() {
      return "default";
    }

    @Override
    public int number() {
      return 1;
    }

    @Override
    public Optional<String> lost() {
      return Optional.empty();
    }

    @Override
    public void ended(RunReport report) {}

    @Override
    public RunningSandbox sandbox() {
      return leased.sandbox();
    }

    @Override
    public AgentChannel channel() {
      return leased.channel();
    }

    @Override
    public RunEvent.Placement placement() {
      return RunEvent.Placement.SESSION;
    }

    @Override
    public void close() {
      leased.close();
    }
  }

  private static List<RunEvent> events(Run run) throws InterruptedException {
    List<RunEvent> events = new ArrayList<>();
    RunEventLog.Entry entry;
    do {
      entry = run.events().follow().next();
      events.add(entry.event());
    } while (!entry.last());
    return events;
  }

  private static RunReport finished(Run run) throws InterruptedException {
    return ((RunEvent.Finished) events(run).getLast()).report();
  }

  private static List<String> leftOut(List<RunEvent> events) {
    return events.stream()
        .filter(event -> event instanceof RunEvent.OfFile)
        .map(event -> ((RunEvent.OfFile) event).part())
        .filter(part -> part instanceof FilePart.LeftOut)
        .map(part -> ((FilePart.LeftOut) part).why())
        .toList();
  }
}
