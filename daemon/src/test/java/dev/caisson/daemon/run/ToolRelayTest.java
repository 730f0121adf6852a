package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.channel.FrameKind;
import dev.caisson.daemon.channel.Message;
import dev.caisson.daemon.channel.RunFrame;
import dev.caisson.daemon.channel.ScriptedAgent;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Approval;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.ManualTicker;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.model.ToolAnswer;
import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.policy.DisplayLimits;
import dev.caisson.daemon.policy.EffectiveLimits;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.policy.RequestedLimits;
import dev.caisson.daemon.policy.RuleRef;
import dev.caisson.daemon.policy.ToolGrants;
import dev.caisson.daemon.policy.ToolLimit;
import dev.caisson.daemon.policy.ToolPattern;
import dev.caisson.daemon.policy.ToolRule;
import dev.caisson.daemon.tools.PythonCatalogue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Every call that leaves a sandbox, and every one that does not, against an agent of the test's.
 */
class ToolRelayTest {

  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"to\":{\"type\":\"string\"}}}";
  private static final ToolCatalogue MAIL =
      new ToolCatalogue(
          List.of(
              new ToolCatalogue.Server(
                  "mail",
                  "",
                  List.of(
                      new ToolCatalogue.Tool("read", "", "", "", ""),
                      new ToolCatalogue.Tool("send", "", "", SCHEMA, ""),
                      new ToolCatalogue.Tool("wipe", "", "", "", "")))));
  private static final ToolGrants GRANTS =
      grants(List.of(rule("mail.*", "tools.allow[0]")), List.of(), List.of());
  private static final ToolGrants ASKING =
      grants(
          List.of(rule("mail.*", "tools.allow[0]")),
          List.of(rule("mail.send", "tools.ask[0]")),
          List.of());
  private static final byte[] ONE = "1".getBytes(StandardCharsets.UTF_8);

  private final ManualTicker ticker = new ManualTicker();
  private final AtomicInteger runs = new AtomicInteger(1);
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final ScriptedAgent agent = ScriptedAgent.ready();
  private Optional<AgentChannel> channel = Optional.empty();
  private final Run run =
      new Run(
          new RunId("run-1"),
          new RunSpec(
              Identity.LOCAL,
              "code",
              Optional.empty(),
              "mailing",
              RequestedLimits.NONE,
              Map.of(),
              List.of(),
              false,
              MAIL,
              true,
              Optional.empty()));

  @AfterEach
  void nothingIsLeft() {
    channel.ifPresent(AgentChannel::close);
    timer.shutdownNow();
  }

  // ---- grants ----

  @Test
  void aToolThatIsDeniedIsRefusedWithTheRuleAndNobodyIsCalled() throws Exception {
    ConductedRun conducted =
        conduct(
            grants(
                List.of(rule("*.*", "tools.allow[0]")),
                List.of(),
                List.of(rule("mail.wipe", "tools.deny[0]"))));

    calls(1, "wipe", "{}");

    assertThat(error(1))
        .isEqualTo(
            "{\"reason\":\"denied\",\"message\":\"the tool 'wipe' of server 'mail': the policy denies"
                + " this tool; decided by tools.deny[0] (mailing.yaml:7)\"}");
    assertThat(run.events().poll()).isEmpty();
    conducted.stop(new RunOutcome.Cancelled(""));
  }

  @Test
  void aToolThatNoRuleAllowsIsRefused() throws Exception {
    conduct(grants(List.of(rule("mail.read", "tools.allow[0]")), List.of(), List.of()));

    calls(1, "send", "{}");

    assertThat(error(1))
        .contains("no rule allows this tool; decided by tools.allow (mailing.yaml)");
  }

  @Test
  void aToolThatTheCallerDidNotBringIsRefusedWhateverTheRulesAllow() throws Exception {
    conduct(GRANTS);

    calls(1, "x".repeat(300), "{}");

    assertThat(error(1))
        .contains("this run has no tool '" + "x".repeat(256) + "…' of server 'mail'");
  }

  @Test
  void argumentsThatDoNotFitTheSchemaNeverLeave() throws Exception {
    conduct(GRANTS);

    calls(1, "send", "{\"to\":7}");

    assertThat(error(1))
        .isEqualTo(
            "{\"reason\":\"invalid_arguments\",\"message\":\"the arguments do not fit the tool's"
                + " schema: to: integer found, string expected\"}");
    assertThat(run.events().poll()).isEmpty();
  }

  // ---- limits of single tools ----

  @Test
  void aToolMayBeCalledAsOftenAsItsOwnLimitSays() throws Exception {
    conduct(limited(OptionalInt.of(1), OptionalInt.empty(), Optional.empty()));
    calls(1, "send", "{}");
    called();

    calls(2, "send", "{}");
    assertThat(error(2))
        .isEqualTo(
            "{\"reason\":\"limit\",\"message\":\"this run has made its 1 calls of mail.send; decided"
                + " by tools.limits[0] (mailing.yaml:7)\"}");

    calls(3, "read", "{}");
    assertThat(called().tool()).isEqualTo("read");
  }

  @Test
  void callsOfOneToolWaitForAPlaceAndOthersPassThem() throws Exception {
    ConductedRun conducted =
        conduct(limited(OptionalInt.empty(), OptionalInt.of(1), Optional.empty()));
    calls(1, "send", "{\"to\":\"a\"}");
    calls(2, "send", "{\"to\":\"b\"}");
    calls(3, "read", "{}");
    RunEvent.ToolCalled first = called();
    assertThat(called().tool()).isEqualTo("read");
    assertThat(run.events().poll()).isEmpty();

    conducted.toolAnswer(first.callId(), new ToolAnswer.Value(ONE));

    assertThat(new String(called().arguments(), StandardCharsets.UTF_8))
        .isEqualTo("{\"to\":\"b\"}");
  }

  @Test
  void aToolsOwnTimeLimitIsKeptAndNamed() throws Exception {
    conduct(limited(OptionalInt.empty(), OptionalInt.empty(), Optional.of(Duration.ofMillis(20))));

    calls(1, "send", "{}");

    assertThat(error(1))
        .isEqualTo(
            "{\"reason\":\"timed_out\",\"message\":\"the tool did not answer within 20ms"
                + " (tools.limits[0] (mailing.yaml:7))\"}");
  }

  // ---- approvals ----

  @Test
  void aCallThatIsAskedForIsMadeWhenAPersonAllowsIt() throws Exception {
    ConductedRun conducted = conduct(ASKING);
    calls(1, "send", "{\"to\":\"a\"}");
    RunEvent.ApprovalAsked asked = asked();
    assertThat(asked.rule()).isEqualTo("tools.ask[0] (mailing.yaml:7)");
    assertThat(new String(asked.arguments(), StandardCharsets.UTF_8)).isEqualTo("{\"to\":\"a\"}");
    assertThat(run.events().poll()).isEmpty();

    conducted.approval(asked.callId(), new Approval(Approval.Choice.ALLOW, ""));

    assertThat(called().callId()).isEqualTo(asked.callId());
    calls(2, "send", "{}");
    assertThat(asked().callId()).isNotEqualTo(asked.callId());
  }

  @Test
  void aCallThatAPersonRefusesFailsWithTheReason() throws Exception {
    ConductedRun conducted = conduct(ASKING);
    calls(1, "send", "{}");

    conducted.approval(asked().callId(), new Approval(Approval.Choice.DENY, "not today"));

    assertThat(error(1))
        .isEqualTo(
            "{\"reason\":\"denied\",\"message\":\"the tool 'send' of server 'mail' needs a person's"
                + " approval, and it was refused: not today; decided by tools.ask[0]"
                + " (mailing.yaml:7)\"}");
    assertThat(run.events().poll()).isEmpty();
  }

  @Test
  void withoutAnAnswerInTimeTheCallIsRefusedAndTheQuestionWithdrawn() throws Exception {
    ConductedRun conducted = conduct(patient(ASKING, Duration.ofSeconds(2)));
    calls(1, "send", "{}");
    String id = asked().callId();

    assertThat(error(1)).contains("and nobody answered in time");
    assertThat(event()).isEqualTo(new RunEvent.ToolCallWithdrawn(id, "nobody answered in time"));

    conducted.approval(id, new Approval(Approval.Choice.ALLOW, ""));
    assertThat(run.events().poll()).isEmpty();
    assertThat(relay.get().lateAnswers()).isEqualTo(1);
  }

  @Test
  void aClientThatCannotAskAnybodyIsNotAsked() throws Exception {
    conduct(ASKING, false, 64);

    calls(1, "send", "{}");

    assertThat(error(1)).contains("and the client of this run cannot ask anybody");
    assertThat(run.events().poll()).isEmpty();
  }

  @Test
  void anApprovalForTheRunAnswersTheOpenQuestionsAndTheLaterOnes() throws Exception {
    ConductedRun conducted = conduct(ASKING);
    calls(1, "send", "{}");
    calls(2, "send", "{}");
    String first = asked().callId();
    String second = asked().callId();

    conducted.approval(first, new Approval(Approval.Choice.ALLOW_FOR_RUN, ""));

    assertThat(called().callId()).isEqualTo(first);
    assertThat(called().callId()).isEqualTo(second);
    calls(3, "send", "{}");
    assertThat(called().tool()).isEqualTo("send");
  }

  @Test
  void aResultBeforeTheApprovalIsRefused() throws Exception {
    ConductedRun conducted = conduct(ASKING);
    calls(1, "send", "{}");
    String id = asked().callId();

    assertThatThrownBy(() -> conducted.toolAnswer(id, new ToolAnswer.Value(ONE)))
        .isInstanceOf(SandboxException.class)
        .hasMessage("the tool call 'call-1' waits for an approval; it cannot have a result yet")
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.FAILED_PRECONDITION);
    assertThat(agent.heard(FrameKind.RESULT)).isFalse();
  }

  @Test
  void anApprovalOfACallNeverMadeIsRefused() throws Exception {
    ConductedRun conducted = conduct(ASKING);

    assertThatThrownBy(() -> conducted.approval("call-1", new Approval(Approval.Choice.ALLOW, "")))
        .hasMessage("this run has made no tool call with the id 'call-1'");
  }

  // ---- calls given up, and the end ----

  @Test
  void aCallGivenUpBeforeItWentOutIsNeverSeen() throws Exception {
    conduct(GRANTS);
    calls(1, "send", "{}");
    agent.says(FrameKind.CALL_CANCEL, 1, "");

    assertThat(error(1))
        .isEqualTo("{\"reason\":\"tool_error\",\"message\":\"the program gave this call up\"}");
    assertThat(run.events().poll()).isEmpty();
  }

  @Test
  void aCallGivenUpThatWentOutIsWithdrawnAndItsAnswerDroppedAndCounted() throws Exception {
    ConductedRun conducted = conduct(GRANTS);
    calls(1, "send", "{}");
    String id = called().callId();
    agent.says(FrameKind.CALL_CANCEL, 1, "");
    assertThat(event())
        .isEqualTo(new RunEvent.ToolCallWithdrawn(id, "the program no longer waits for it"));

    conducted.toolAnswer(id, new ToolAnswer.Value(ONE));

    error(1);
    assertThat(agent.heard(FrameKind.RESULT)).isFalse();
    assertThat(relay.get().lateAnswers()).isEqualTo(1);
  }

  @Test
  void aCallThatIsOverIsLetGoByTheTimer() throws Exception {
    timer.setRemoveOnCancelPolicy(true);
    ConductedRun conducted = conduct(ASKING);
    calls(1, "read", "{}");
    String answered = called().callId();
    calls(2, "send", "{}");
    String approved = asked().callId();
    calls(3, "send", "{}");
    String refused = asked().callId();
    calls(4, "read", "{}");
    called();
    await().until(() -> timer.getQueue().size() == 4);

    conducted.toolAnswer(answered, new ToolAnswer.Value(ONE));
    conducted.approval(refused, new Approval(Approval.Choice.DENY, ""));
    conducted.approval(approved, new Approval(Approval.Choice.ALLOW, ""));
    called();
    await().untilAsserted(() -> assertThat(timer.getQueue()).hasSize(2));

    conducted.stop(new RunOutcome.Cancelled("enough"));
    await().untilAsserted(() -> assertThat(timer.getQueue()).isEmpty());
  }

  @Test
  void afterTheRunWasStoppedNothingIsForwarded() throws Exception {
    ConductedRun conducted = conduct(GRANTS);

    conducted.stop(new RunOutcome.Cancelled("enough"));
    calls(1, "send", "{}");
    calls(2, "nothing", "{}");
    await().until(() -> relay.get().calls() == 2);

    assertThat(run.events().poll()).isEmpty();
    assertThat(agent.heard(FrameKind.ERROR)).isFalse();
  }

  @Test
  void anApprovalAfterTheRunWasStoppedForwardsNothing() throws Exception {
    ConductedRun conducted = conduct(ASKING);
    calls(1, "send", "{}");
    String id = asked().callId();

    conducted.stop(new RunOutcome.Cancelled("enough"));
    conducted.approval(id, new Approval(Approval.Choice.ALLOW, ""));

    assertThat(event()).isEqualTo(new RunEvent.ToolCallWithdrawn(id, "the run has ended"));
    assertThat(run.events().poll()).isEmpty();
  }

  @Test
  void aSandboxThatAsksAndNeverReadsIsEndedBeforeItsAnswersPileUp() throws Exception {
    conduct(GRANTS, true, 4);

    // No credit is ever given: the window takes some refusals, and then they wait in the daemon.
    for (int number = 1; number < 200_000 && lost.get() == null; number++) {
      calls(number, "nothing", "{}");
    }

    await().until(() -> lost.get() != null);
    assertThat(lost.get()).hasMessage("more than 4 tool calls in flight");
    assertThat(relay.get().calls()).isLessThan(100_000);
  }

  @Test
  void aRunThatIsNotAloneHasItsCallsHeldToThePaceAndNoneIsLost() throws InterruptedException {
    runs.set(2);
    ConductedRun conducted = conduct(GRANTS);
    int saved = 6;
    for (int number = 1; number <= saved + 2; number++) {
      calls(number, "read", "{}");
    }

    for (int number = 1; number <= saved; number++) {
      assertThat(called().callId()).isEqualTo("call-" + number);
    }
    // All that came before is dealt with when this is refused.
    calls(saved + 3, "unheard-of", "{}");
    assertThat(error(saved + 3)).contains("denied");
    assertThat(run.events().poll()).isEmpty();
    assertThatThrownBy(() -> conducted.toolAnswer("call-" + (saved + 1), new ToolAnswer.Value(ONE)))
        .hasMessageContaining("cannot have a result yet");

    ticker.advance(Duration.ofMillis(2));
    assertThat(called().callId()).isEqualTo("call-" + (saved + 1));
    runs.set(1);
    assertThat(called().callId()).isEqualTo("call-" + (saved + 2));
  }

  // ---- the scene ----

  private final AtomicReference<ToolRelay> relay = new AtomicReference<>();
  private final AtomicReference<SandboxException> lost = new AtomicReference<>();

  private ConductedRun conduct(ToolGrants grants) throws InterruptedException {
    return conduct(grants, true, 64);
  }

  private ConductedRun conduct(ToolGrants grants, boolean canAsk, int inFlight)
      throws InterruptedException {
    PythonCatalogue catalogue = PythonCatalogue.of(MAIL, grants::lists);
    EffectiveLimits limits =
        new EffectiveLimits(
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            ByteSize.ofMebibytes(1),
            new DisplayLimits(0, new ByteSize(0)),
            1_000_000,
            inFlight,
            ByteSize.ofMebibytes(1),
            ByteSize.ofMebibytes(8),
            Duration.ofSeconds(60),
            PolicyStore.shipped().find("default").network().limits());
    AtomicReference<ConductedRun> conducted = new AtomicReference<>();
    relay.set(
        new ToolRelay(
            catalogue,
            new CallDecision(catalogue, limits, grants, canAsk),
            new SharedPace(1_000, runs::get, ticker),
            run.events(),
            timer,
            new ToolAudit(run),
            outcome -> conducted.get().stop(outcome)));
    AgentChannel greeted = AgentChannel.greet(agent, Deadline.after(Duration.ofSeconds(10)));
    channel = Optional.of(greeted);
    greeted.start(
        new RunFrame(
            "code",
            "<code>",
            List.of(),
            Map.of(),
            false,
            List.of(),
            1 << 20,
            inFlight,
            1 << 20,
            new RunFrame.RefusedCode(List.of(), List.of(), List.of()),
            false,
            false),
        agentRun -> {
          conducted.set(
              new ConductedRun(
                  agentRun,
                  run.events(),
                  new OutputBudget(ByteSize.ofMebibytes(1)),
                  new DisplayBudget(new DisplayLimits(0, new ByteSize(0))),
                  room -> new OutputPace(room, (task, wait) -> timer.execute(task), Ticker.SYSTEM),
                  (stream, piece) -> {},
                  relay.get(),
                  Optional.empty()));
          return new Losing(conducted.get(), lost);
        });
    return conducted.get();
  }

  private void calls(long number, String tool, String arguments) {
    agent.calls(
        number,
        "{\"service\":\"tools\",\"method\":\"call\",\"server\":\"mail\",\"tool\":\"" + tool + "\"}",
        arguments);
  }

  private String error(long number) throws InterruptedException {
    Message error = agent.awaits(FrameKind.ERROR);
    assertThat(error.stream()).isEqualTo(number);
    return new String(error.payload(), StandardCharsets.UTF_8);
  }

  private RunEvent event() {
    AtomicReference<Optional<RunEventLog.Entry>> next = new AtomicReference<>(Optional.empty());
    await()
        .until(() -> {
          next.set(run.events().poll());
          return next.get().isPresent();
        });
    return next.get().orElseThrow().event();
  }

  private RunEvent.ToolCalled called() {
    return (RunEvent.ToolCalled) event();
  }

  private RunEvent.ApprovalAsked asked() {
    return (RunEvent.ApprovalAsked) event();
  }

  private static ToolRule rule(String pattern, String key) {
    return new ToolRule(ToolPattern.of(pattern).orElseThrow(), new RuleRef(key, "mailing.yaml", 7));
  }

  private static ToolGrants grants(List<ToolRule> allow, List<ToolRule> ask, List<ToolRule> deny) {
    return new ToolGrants(
        allow,
        ask,
        deny,
        List.of(),
        Duration.ofSeconds(60),
        new RuleRef("tools.allow", "mailing.yaml", 0));
  }

  private static ToolGrants patient(ToolGrants grants, Duration patience) {
    return new ToolGrants(
        grants.allow(), grants.ask(), grants.deny(), grants.limits(), patience, grants.section());
  }

  private static ToolGrants limited(
      OptionalInt calls, OptionalInt inFlight, Optional<Duration> timeout) {
    return new ToolGrants(
        GRANTS.allow(),
        List.of(),
        List.of(),
        List.of(
            new ToolLimit(
                ToolPattern.of("mail.send").orElseThrow(),
                calls,
                inFlight,
                timeout,
                new RuleRef("tools.limits[0]", "mailing.yaml", 7))),
        GRANTS.askTimeout(),
        GRANTS.section());
  }
}
