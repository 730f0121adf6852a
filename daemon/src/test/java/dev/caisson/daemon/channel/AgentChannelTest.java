package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.MimeBundle;
import dev.caisson.daemon.model.OutputStreamName;
import dev.caisson.daemon.model.RunValue;
import dev.caisson.daemon.runtime.SandboxConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class AgentChannelTest {

  private static final Deadline SOON = Deadline.after(Duration.ofSeconds(20));

  private final ScriptedAgent agent = ScriptedAgent.ready();
  private final Recorder recorder = new Recorder();
  private Optional<AgentChannel> opened = Optional.empty();

  @AfterEach
  void close() {
    opened.ifPresent(AgentChannel::close);
  }

  @Test
  void itGreetsFirstAndIsReadyWhenTheWorkerIsWarm() throws InterruptedException {
    AgentChannel channel = open();

    JsonNode hello = Json.readObject(agent.awaits(FrameKind.HELLO));
    assertThat(hello.get("protocol").intValue()).isEqualTo(1);
    assertThat(hello.get("listen")).hasToString("[18080,18081,18082,18083]");
    assertThat(channel.alive()).isTrue();
  }

  @Test
  void theGreetingTellsWhatProgramsTrustAndOnlyWhenThereIsAny() throws InterruptedException {
    String largest = "A".repeat(520 << 10) + "\n".repeat(10 << 10);

    open();
    assertThat(Json.readObject(agent.awaits(FrameKind.HELLO)).has("certificates")).isFalse();

    ScriptedAgent other = ScriptedAgent.ready();
    try (AgentChannel channel = AgentChannel.greet(other, Optional.of(largest), SOON)) {
      assertThat(channel.alive()).isTrue();
      assertThat(Json.readObject(other.awaits(FrameKind.HELLO)).get("certificates").asString())
          .isEqualTo(largest);
    }
  }

  @Test
  void anAgentOfAnotherProtocolVersionIsRefused() {
    ScriptedAgent other = new ScriptedAgent();
    other.says(FrameKind.AGENT_HELLO, 0, "{\"protocol\":2}");

    assertThatThrownBy(() -> AgentChannel.greet(other, SOON))
        .isInstanceOf(SandboxException.class)
        .hasMessage("the agent speaks protocol version 2, this daemon 1; rebuild the image");
    await().until(other::closed);
  }

  @Test
  void anAgentThatEndsWhileItIsGreetedIsAnError() {
    ScriptedAgent other = new ScriptedAgent();
    other.dies();

    assertThatThrownBy(() -> AgentChannel.greet(other, SOON))
        .hasMessage("the sandbox closed its streams");
  }

  @Test
  void anAgentThatNeverGetsReadyIsAnErrorAtTheDeadline() {
    ScriptedAgent other = new ScriptedAgent();
    other.says(FrameKind.AGENT_HELLO, 0, "{\"protocol\":1}");

    assertThatThrownBy(() -> AgentChannel.greet(other, Deadline.after(Duration.ofMillis(50))))
        .isInstanceOf(SandboxException.class)
        .hasMessageMatching(
            "the agent did not become ready in time, in state (?i:preparing|greeting)");
    await().until(other::closed);
  }

  @Test
  @Timeout(20)
  void anAgentThatDoesNotReadItsGreetingIsAnErrorAtTheDeadline() {
    Deaf deaf = new Deaf();

    assertThatThrownBy(() -> AgentChannel.greet(deaf, Deadline.after(Duration.ofMillis(50))))
        .isInstanceOf(SandboxException.class)
        .hasMessage("the agent did not become ready in time, in state GREETING");
    await().until(() -> deaf.closed.getCount() == 0);
  }

  @Test
  void aSandboxThatMakesNoFreshWorkerIsEndedAndThatIsSaid() throws InterruptedException {
    AgentChannel channel = open();

    assertThatThrownBy(() -> channel.reset(Deadline.after(Duration.ofMillis(30))))
        .hasMessage("the sandbox made no fresh interpreter in time, so it was ended")
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.CHANNEL_CLOSED);

    assertThat(channel.alive()).isFalse();
    await().until(agent::closed);
  }

  /** On a thread of its own: without the deadline it hangs where no interrupt reaches it. */
  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aResetOfASandboxThatTakesNothingInIsOverAtItsDeadline() {
    ChannelPatience endless =
        new ChannelPatience(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1));
    AgentChannel channel = AgentChannel.greet(agent, Optional.empty(), SOON, endless);
    agent.stops();

    assertThatThrownBy(() -> channel.reset(Deadline.after(Duration.ofMillis(30))))
        .hasMessage("the sandbox made no fresh interpreter in time, so it was ended");
  }

  @Test
  void aPingIsAnsweredByItsOwnPongOnly() throws InterruptedException {
    AgentChannel channel = open();
    Thread.ofVirtual()
        .start(() -> {
          try {
            agent.says(FrameKind.PONG, 0, agent.awaits(FrameKind.PING).payload());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });

    channel.ping(SOON);

    agent.says(FrameKind.PONG, 0, new byte[8]);
    await().until(() -> !channel.alive());
  }

  @Test
  void outputOfAnIdleAgentIsAViolationThatEndsTheChannel() {
    AgentChannel channel = open();

    agent.prints(FrameKind.OUTPUT, 0, "poison");

    await().until(() -> !channel.alive());
    await().until(agent::closed);
    assertThatThrownBy(() -> channel.ping(SOON))
        .isInstanceOf(SandboxException.class)
        .hasMessage("a output frame in state idle")
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.CHANNEL_VIOLATION);
  }

  @Test
  void theRunIsSentWithAllThatTheAgentNeeds() throws InterruptedException {
    start(open());

    Message run = agent.awaits(FrameKind.RUN);

    assertThat(run.stream()).isEqualTo(1);
    assertThat(new String(ScriptedAgent.bulk(run), StandardCharsets.UTF_8)).isEqualTo("print(1)");
    assertThat(ScriptedAgent.header(run).toString())
        .isEqualTo(
            "{\"file_name\":\"<code>\",\"arguments\":[\"a\"],\"environment\":{\"K\":\"V\"},"
                + "\"stdin\":false,\"servers\":[],\"limits\":{\"output_window\":65536,"
                + "\"in_flight\":4,\"argument_bytes\":1000,\"value_bytes\":1048576,"
                + "\"repr_bytes\":65536}}");
  }

  @Test
  void outputThenEndThenDrainedSettlesTheRun() throws InterruptedException {
    start(open());

    agent.prints(FrameKind.OUTPUT, 0, "hello");
    agent.ends("{\"how\":\"completed\",\"value_repr\":\"42\"}");
    agent.drains(1);

    ProgramEnd end = recorder.awaitSettled();
    assertThat(recorder.text).containsExactly("STDOUT hello");
    assertThat(((ProgramEnd.Completed) end).value().orElseThrow().repr()).isEqualTo("42");
  }

  @Test
  void aDisplayHasItsPlaceAmongTheOutput() throws InterruptedException {
    start(open());

    agent.displays("{\"after\":1,\"parts\":[{\"mime\":\"text/plain\",\"bytes\":2}]}", "hi");
    agent.prints(FrameKind.OUTPUT, 1, "after");
    assertThat(recorder.text).isEmpty();
    agent.prints(FrameKind.CAPTURED_OUTPUT, 0, "before");
    agent.ends("{\"how\":\"completed\"}");
    agent.drains(2);

    recorder.awaitSettled();
    assertThat(recorder.text).containsExactly("STDOUT before", "text/plain hi ", "STDOUT after");
  }

  @Test
  void aDisplayHasAllItsFormsAndWhatTheySayOfThemselves() throws InterruptedException {
    start(open());
    String large = "x".repeat(3 << 20);

    agent.displays(
        """
        {"after":0,"parts":[{"mime":"application/vnd.of-nobody.v1+json","bytes":2},
        {"mime":"image/png","bytes":%d,"metadata":{"width":3}},{"mime":"text/x_y","bytes":0}]}\
        """
            .formatted(large.length()),
        "{}" + large);
    agent.ends("{\"how\":\"completed\",\"alone\":true}");

    recorder.awaitSettled();
    assertThat(recorder.text)
        .containsExactly(
            "application/vnd.of-nobody.v1+json {} ",
            "image/png " + large + " {\"width\":3}",
            "text/x_y  ");
  }

  @Test
  void ofADisplayThatIsNotAdmittedOnlyItsPlaceIsLeft() throws InterruptedException {
    recorder.admits = false;
    start(open());

    agent.displays("{\"after\":0,\"parts\":[{\"mime\":\"text/plain\",\"bytes\":2}]}", "hi");
    agent.prints(FrameKind.CAPTURED_OUTPUT, 1, "after");
    agent.ends("{\"how\":\"completed\"}");
    agent.drains(1);

    recorder.awaitSettled();
    assertThat(recorder.text).containsExactly("STDOUT after");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'parts':[]}",
        "{'after':-1,'parts':[]}",
        "{'after':'0','parts':[]}",
        "{'after':1e300,'parts':[]}",
        "{'after':0,'parts':{}}",
        "{'after':0,'parts':[1]}",
        "{'after':0,'parts':[{'mime':'text/plain'}]}",
        "{'after':0,'parts':[{'mime':'text/plain','bytes':1}]}",
        "{'after':0,'parts':[{'mime':'text/plain','bytes':3}]}",
        "{'after':0,'parts':[{'mime':'text/plain','bytes':4294967298}]}",
        "{'after':0,'parts':[{'mime':'a/b','bytes':3},{'mime':'a/c','bytes':-1}]}",
        "{'after':0,'parts':[{'mime':'a/b','bytes':1},{'mime':'a/b','bytes':1}]}",
        "{'after':0,'parts':[{'mime':'text','bytes':2}]}",
        "{'after':0,'parts':[{'mime':'Text/plain','bytes':2}]}",
        "{'after':0,'parts':[{'mime':'text/plain; charset=x','bytes':2}]}",
        "{'after':0,'parts':[{'mime':'text/plain','bytes':2,'metadata':[]}]}",
        "{'after':0,'parts':[{'mime':'text/plain','bytes':2,'metadata':{'a':'LONG'}}]}",
        "{'after':0,'parts':[MANY]}",
        "{'after':0,'parts':[{'mime':'a/b','bytes':2}],'more':'HUGE'}",
      })
  void aDisplayThatIsNotWhatItSaysIsAViolation(String header) throws InterruptedException {
    start(open());
    String part = "{'mime':'a/%d','bytes':0},";

    agent.displays(
        header
            .replace("LONG", "x".repeat(4_096))
            .replace("HUGE", "x".repeat(128 << 10))
            .replace(
                "MANY",
                IntStream.range(0, 16).mapToObj(part::formatted).collect(Collectors.joining())
                    + "{'mime':'a/b','bytes':2}")
            .replace('\'', '"'),
        "hi");

    assertThat(recorder.awaitLost().code()).isEqualTo(ErrorCode.CHANNEL_VIOLATION);
    assertThat(recorder.text).isEmpty();
  }

  @Test
  void aValueHasItsFormsBehindItsJson() throws InterruptedException {
    start(open());

    agent.ends(
        """
        {"how":"completed","alone":true,"value_repr":"[1]",
        "value_parts":[{"mime":"text/html","bytes":3},{"mime":"text/plain","bytes":1}]}\
        """,
        "[1]<b>x");

    RunValue value = ((ProgramEnd.Completed) recorder.awaitSettled()).value().orElseThrow();
    assertThat(new String(value.json(), StandardCharsets.UTF_8)).isEqualTo("[1]");
    assertThat(value.forms().parts())
        .extracting(part -> new String(part.data(), StandardCharsets.UTF_8))
        .containsExactly("<b>", "x");
  }

  @Test
  void aValueWhoseFormsAreLongerThanAllThereIsIsAViolation() throws InterruptedException {
    start(open());

    agent.ends(
        """
        {"how":"completed","alone":true,"value_repr":"[1]",
        "value_parts":[{"mime":"text/html","bytes":4}]}\
        """,
        "[1]");

    assertThat(recorder.awaitLost().code()).isEqualTo(ErrorCode.CHANNEL_VIOLATION);
  }

  @Test
  void drainedMayOvertakeTheEnd() throws InterruptedException {
    start(open());

    agent.drains(0);
    agent.ends("{\"how\":\"exit\",\"exit_code\":3}");

    assertThat(recorder.awaitSettled()).isEqualTo(new ProgramEnd.Exited(3, ""));
  }

  @Test
  void aRunThatLeftNothingBehindIsOverAtItsEnd() throws InterruptedException {
    start(open());

    agent.prints(FrameKind.OUTPUT, 0, "hello");
    agent.ends("{\"how\":\"completed\",\"alone\":true}");

    assertThat(recorder.awaitSettled()).isEqualTo(new ProgramEnd.Completed(Optional.empty()));
    assertThat(recorder.text).containsExactly("STDOUT hello");
  }

  @Test
  void aRunThatSaysFalselyThatItLeftNothingBehindLosesItsOwnOutputOnly()
      throws InterruptedException {
    AgentChannel channel = open();
    start(channel);

    agent.ends("{\"how\":\"completed\",\"alone\":true}");
    agent.prints(FrameKind.CAPTURED_OUTPUT, 0, "late");
    agent.says(FrameKind.WORKER_EXITED, 1, "{\"signal\":11,\"cause\":\"exit\"}");
    agent.drains(0);

    assertThat(recorder.awaitSettled()).isEqualTo(new ProgramEnd.Completed(Optional.empty()));
    start(channel); // waits for `drained`, behind which nothing of the first run can be
    assertThat(recorder.text).isEmpty();
  }

  @Test
  void theNextRunWaitsUntilTheSupervisorHasClearedTheLastOneAway() throws Exception {
    AgentChannel channel = open();
    start(channel);
    agent.awaits(FrameKind.RUN);
    agent.ends("{\"how\":\"completed\",\"alone\":true}");
    recorder.awaitSettled();

    Thread next =
        Thread.ofVirtual()
            .start(() -> {
              try {
                start(channel);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    await().until(() -> next.getState() == Thread.State.TIMED_WAITING);
    assertThat(agent.heard(FrameKind.RUN)).isFalse();
    agent.drains(0);

    assertThat(agent.awaits(FrameKind.RUN).stream()).isEqualTo(2);
    next.join();
  }

  @Test
  void theNextRunNeedNotWaitForASupervisorWithNothingToClearAway() throws Exception {
    AgentChannel channel = open();
    start(channel);
    agent.awaits(FrameKind.RUN);
    agent.ends("{\"how\":\"completed\",\"alone\":true,\"settled\":true}");
    recorder.awaitSettled();

    start(channel);

    assertThat(agent.awaits(FrameKind.RUN).stream()).isEqualTo(2);
  }

  @Test
  void aRunIsNotSettledByAnEndThatLeftSomething() throws Exception {
    AgentChannel channel = open();
    start(channel);
    agent.ends("{\"how\":\"completed\",\"settled\":true}");
    agent.prints(FrameKind.CAPTURED_OUTPUT, 0, "late");
    agent.drains(0);

    recorder.awaitSettled();
    assertThat(recorder.text).containsExactly("STDOUT late");
  }

  @Test
  void aSupervisorThatNeverClearsARunAwayIsGivenUpWhenItsChannelIsClosed() throws Exception {
    AgentChannel channel = open();
    start(channel);
    agent.ends("{\"how\":\"completed\",\"alone\":true}");
    recorder.awaitSettled();
    agent.dies();

    assertThatThrownBy(() -> start(channel))
        .isInstanceOf(SandboxException.class)
        .hasMessage("the sandbox closed its streams");
  }

  @Test
  void whatADeadWorkerWroteIsAwaitedBeforeTheRunIsSettled() throws InterruptedException {
    start(open());

    agent.says(FrameKind.WORKER_EXITED, 1, "{\"signal\":11,\"cause\":\"exit\"}");
    agent.drains(2);
    agent.prints(FrameKind.OUTPUT, 0, "one");
    await().until(() -> recorder.text.size() == 1);
    assertThat(recorder.settled.get()).isNull();
    agent.prints(FrameKind.OUTPUT, 0, "two");

    assertThat(recorder.awaitSettled()).isEqualTo(new ProgramEnd.WorkerSignalled(11));
    assertThat(recorder.text).containsExactly("STDOUT one", "STDOUT two");
  }

  @Test
  void framesAfterTheEndAreIgnored() throws InterruptedException {
    AgentChannel channel = open();
    start(channel);

    agent.ends("{\"how\":\"completed\"}");
    agent.prints(FrameKind.OUTPUT, 0, "late");
    agent.ends("{\"how\":\"exception\"}");
    agent.drains(0);

    assertThat(recorder.awaitSettled()).isEqualTo(new ProgramEnd.Completed(Optional.empty()));
    assertThat(recorder.text).isEmpty();
    assertThat(channel.alive()).isTrue();
  }

  @Test
  void outputPastTheWindowIsAViolation() throws InterruptedException {
    start(open());

    for (int i = 0; i < 17; i++) {
      agent.prints(FrameKind.OUTPUT, 0, "x".repeat(4_000));
    }

    assertThat(recorder.awaitLost())
        .hasMessage("more than the window of 65536 bytes on the worker output lane");
  }

  @Test
  void creditComesBackForOutputThatLeft() throws InterruptedException {
    AgentRun run = start(open());
    for (int i = 0; i < 16; i++) {
      agent.prints(FrameKind.OUTPUT, 0, "x".repeat(4_096 - 14));
    }
    await().until(() -> recorder.text.size() == 16);

    run.consumed(Lane.WORKER_OUTPUT, 16 * 4_082);

    ByteBuffer credit = ByteBuffer.wrap(agent.awaits(FrameKind.CREDIT).payload());
    assertThat(credit.get()).isEqualTo((byte) 1);
    assertThat(credit.getInt()).isEqualTo(16 * 4_082);
  }

  @Test
  void aCallNumberOutOfTurnIsAViolation() throws InterruptedException {
    start(open());

    agent.calls(2, "{\"service\":\"tools\",\"method\":\"call\"}", "{}");

    assertThat(recorder.awaitLost()).hasMessage("call 2 after call 0: numbers rise by one");
  }

  @Test
  void aFrameOfAnotherRunIsAViolation() throws InterruptedException {
    start(open());

    agent.says(FrameKind.DRAINED, 2, new byte[4]);

    assertThat(recorder.awaitLost()).hasMessage("a drained frame for run 2 during run 1");
  }

  @Test
  void jsonDeeperThanTheLimitIsAViolation() throws InterruptedException {
    start(open());

    agent.ends("{\"how\":" + "[".repeat(100) + "]".repeat(100) + "}");

    assertThat(recorder.awaitLost()).hasMessageStartingWith("the JSON of a ended frame");
  }

  @Test
  void creditThatWasNeverOwedIsAViolation() throws InterruptedException {
    start(open());

    agent.says(FrameKind.AGENT_CREDIT, 0, ByteBuffer.allocate(5).put((byte) 4).putInt(1).array());

    assertThat(recorder.awaitLost())
        .hasMessage("credit for 1 bytes on the stdin lane, where 0 were open");
  }

  @Test
  void resultsWaitForCreditAndAnInterruptDoesNot() throws InterruptedException {
    AgentRun run = start(open());
    Thread relay =
        Thread.ofVirtual()
            .start(() -> {
              try {
                run.result(1, "value", new byte[5 << 20]);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    await().until(() -> relay.getState() == Thread.State.WAITING);

    run.interrupt();

    agent.awaits(FrameKind.INTERRUPT);
    assertThat(relay.isAlive()).isTrue();
    agent.givesCreditUntil(() -> !relay.isAlive());
    assertThat(agent.awaits(FrameKind.RESULT).payload()).hasSizeGreaterThan(5 << 20);
  }

  @Test
  void theEndOfTheStreamsInTheMiddleOfAFrameIsSaid() throws InterruptedException {
    start(open());

    agent.says(SandboxConnection.Origin.WORKER, ByteBuffer.wrap(new byte[] {0, 0, 0}));
    agent.dies();

    assertThat(recorder.awaitLost())
        .hasMessage("the sandbox closed its streams in the middle of a frame");
  }

  @ParameterizedTest
  @EnumSource(FrameKind.class)
  void aKindThatMayNotComeNowNeverPassesInIdle(FrameKind kind) {
    AgentChannel channel = open();
    boolean allowed = TurnTable.SPECIFIED.turn(ChannelState.IDLE, kind).isPresent();

    agent.says(
        kind.sender() == Sender.WORKER
            ? SandboxConnection.Origin.WORKER
            : SandboxConnection.Origin.SUPERVISOR,
        ByteBuffer.allocate(9).putInt(5).put((byte) kind.number()).putInt(0).flip());

    if (!allowed
        || kind.sender() == Sender.DAEMON
        || kind == FrameKind.PONG
        || kind == FrameKind.AGENT_CREDIT) {
      await().until(() -> !channel.alive());
    }
  }

  private AgentChannel open() {
    AgentChannel channel = AgentChannel.greet(agent, SOON);
    opened = Optional.of(channel);
    return channel;
  }

  private AgentRun start(AgentChannel channel) throws InterruptedException {
    return channel.start(
        new RunFrame(
            "print(1)",
            "<code>",
            List.of("a"),
            Map.of("K", "V"),
            false,
            List.of(),
            65_536,
            4,
            1_000,
            new RunFrame.RefusedCode(List.of(), List.of(), List.of()),
            false,
            false),
        run -> recorder);
  }

  /** Keeps what a run's listener hears. */
  private static final class Recorder implements AgentRunListener {
    boolean admits = true;
    final List<String> text = new CopyOnWriteArrayList<>();
    final AtomicReference<ProgramEnd> settled = new AtomicReference<>();
    final AtomicReference<SandboxException> lost = new AtomicReference<>();

    ProgramEnd awaitSettled() {
      await().until(() -> settled.get() != null || lost.get() != null);
      assertThat(lost.get()).isNull();
      return settled.get();
    }

    SandboxException awaitLost() {
      await().until(() -> settled.get() != null || lost.get() != null);
      assertThat(settled.get()).isNull();
      return lost.get();
    }

    @Override
    public void output(OutputStreamName stream, byte[] data, Lane lane) {
      text.add(stream + " " + new String(data, StandardCharsets.UTF_8));
    }

    @Override
    public boolean admits(MimeBundle shown) {
      return admits;
    }

    @Override
    public void display(MimeBundle shown) {
      shown
          .parts()
          .forEach(part ->
              text.add(
                  "%s %s %s"
                      .formatted(
                          part.mimeType(),
                          new String(part.data(), StandardCharsets.UTF_8),
                          new String(part.metadata(), StandardCharsets.UTF_8))));
    }

    @Override
    public void call(AgentCall call) {
      text.add("call " + call.id());
    }

    @Override
    public void callCancelled(long id) {
      text.add("cancelled " + id);
    }

    @Override
    public void connected(AgentConnection connection) {
      text.add("connected " + connection.number());
    }

    @Override
    public void workerGone() {}

    @Override
    public void settled(ProgramEnd end) {
      settled.set(end);
    }

    @Override
    public void lost(SandboxException why) {
      lost.set(why);
    }
  }

  /** Takes nothing and says nothing, as a sandbox does whose first process hangs. */
  private static final class Deaf implements SandboxConnection {

    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public Optional<Inbound> read() throws IOException {
      return blocked();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      var unused = blocked();
    }

    private Optional<Inbound> blocked() throws IOException {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("closed");
    }

    @Override
    public void endInput() {}

    @Override
    public void close() {
      closed.countDown();
    }
  }
}
