package dev.caisson.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.runtime.SandboxConnection.Origin;
import dev.caisson.daemon.runtime.SandboxRuntime.OwnedSandbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every runtime keeps. A runtime passes by extending this; its sandboxes run {@link
 * CommandProgram}.
 */
@Timeout(60)
abstract class SandboxRuntimeContract {

  protected final String owner = "test-" + UUID.randomUUID();
  protected SandboxRuntime runtime;
  private final List<SandboxRuntime> opened = new ArrayList<>();

  /** A runtime on an engine that all runtimes of this test share. */
  abstract SandboxRuntime open(String owner, String generation);

  @BeforeEach
  void openRuntime() {
    runtime = opened(owner, "first");
  }

  @AfterEach
  void leaveNothing() {
    for (SandboxRuntime each : opened) {
      each.listOwned(soon()).forEach(sandbox -> each.destroy(sandbox, soon()));
      await().untilAsserted(() -> assertThat(each.listOwned(soon())).isEmpty());
      each.close();
    }
  }

  @Test
  void whatIsWrittenComesBackFromTheStreamItWasWrittenTo() throws IOException {
    Conversation conversation = new Conversation(create());
    conversation.say("out to the worker");
    conversation.say("err to the supervisor");
    assertThat(conversation.nextLine(Origin.WORKER)).isEqualTo("to the worker");
    assertThat(conversation.nextLine(Origin.SUPERVISOR)).isEqualTo("to the supervisor");
  }

  @Test
  void muchOutputArrivesWhole() throws IOException {
    Conversation conversation = new Conversation(create());
    conversation.say("big 8000000");
    assertThat(conversation.count(8_000_000)).isEqualTo(8_000_000);
    assertThat(conversation.ask("out after")).isEqualTo("after");
  }

  @Test
  void muchInputArrivesWhole() throws IOException {
    Conversation conversation = new Conversation(create());
    String text = "0123456789".repeat(100_000);
    assertThat(conversation.ask("out " + text)).isEqualTo(text);
  }

  @Test
  void writesOfManyThreadsGoOutWhole() throws IOException {
    RunningSandbox sandbox = create();
    List<CompletableFuture<Void>> writes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String line = "out " + Integer.toString(i).repeat(40_000);
      writes.add(CompletableFuture.runAsync(() -> sayTo(sandbox, line)));
    }
    Conversation conversation = new Conversation(sandbox);
    for (int i = 0; i < 8; i++) {
      String line = conversation.nextLine(Origin.WORKER);
      assertThat(line).hasSize(40_000).containsPattern("^(.)\\1*$");
    }
    writes.forEach(CompletableFuture::join);
  }

  @Test
  void theEndOfTheInputIsSeenAndTheLastWordsArrive() throws IOException {
    RunningSandbox sandbox = create();
    Conversation conversation = new Conversation(sandbox);
    conversation.say("out hello");
    sandbox.connection().endInput();
    sandbox.connection().endInput();
    assertThat(conversation.rest(Origin.WORKER)).isEqualTo("hello\nbye\n");
    assertThat(sandbox.connection().read()).isEmpty();
    assertThat(sandbox.death(soon())).isEqualTo(new SandboxDeath.Exited(0));
  }

  @Test
  void anExitStatusIsTold() throws IOException {
    RunningSandbox sandbox = create();
    Conversation conversation = new Conversation(sandbox);
    conversation.say("exit 3");
    assertThat(conversation.rest(Origin.WORKER)).isEmpty();
    assertThat(sandbox.death(soon())).isEqualTo(new SandboxDeath.Exited(3));
  }

  @Test
  void aKillByTheCodeItselfIsNoMemoryDeath() throws IOException {
    RunningSandbox sandbox = create();
    Conversation conversation = new Conversation(sandbox);
    conversation.say("kill");
    assertThat(conversation.rest(Origin.WORKER)).isEmpty();
    assertThat(sandbox.death(soon())).isEqualTo(new SandboxDeath.Exited(137));
  }

  @Test
  void aDeathAtTheMemoryLimitIsTold() throws IOException {
    RunningSandbox sandbox = create();
    Conversation conversation = new Conversation(sandbox);
    conversation.say("oom");
    assertThat(conversation.rest(Origin.WORKER)).isEmpty();
    assertThat(sandbox.death(soon())).isEqualTo(new SandboxDeath.OutOfMemory());
  }

  @Test
  void oneThatRunsIsStillRunning() throws IOException {
    RunningSandbox sandbox = create();
    assertThat(new Conversation(sandbox).ask("out up")).isEqualTo("up");
    assertThat(sandbox.death(Deadline.after(Duration.ofMillis(200))))
        .isEqualTo(new SandboxDeath.StillRunning());
  }

  @Test
  void usageIsReadWhileItRunsAndKeptAfterItsDeath() throws IOException {
    RunningSandbox sandbox = create();
    Conversation conversation = new Conversation(sandbox);
    assertThat(conversation.ask("out up")).isEqualTo("up");
    SandboxUsage running = sandbox.usage();
    assertThat(running.cpuTime()).isPositive();
    assertThat(running.memoryPeak().bytes()).isPositive();
    conversation.say("exit 0");
    assertThat(conversation.rest(Origin.WORKER)).isEmpty();
    assertThat(sandbox.usage().cpuTime()).isGreaterThanOrEqualTo(running.cpuTime());
    assertThat(sandbox.cpuTime()).isGreaterThanOrEqualTo(running.cpuTime());
  }

  @Test
  void destroyingEndsABlockedReadAndLeavesNothing() throws IOException {
    RunningSandbox sandbox = create();
    assertThat(new Conversation(sandbox).ask("out up")).isEqualTo("up");
    CompletableFuture<Boolean> reading =
        CompletableFuture.supplyAsync(() -> endsWithoutBytes(sandbox));
    sandbox.destroy(soon());
    assertThat(reading.join()).isTrue();
    assertThat(runtime.listOwned(soon())).isEmpty();
  }

  @Test
  void destroyingTwiceIsDestroyingOnce() {
    RunningSandbox sandbox = create();
    sandbox.destroy(soon());
    sandbox.destroy(soon());
    assertThat(runtime.listOwned(soon())).isEmpty();
  }

  @Test
  void closingTheConnectionEndsTheSandbox() throws IOException {
    RunningSandbox sandbox = create();
    assertThat(new Conversation(sandbox).ask("out up")).isEqualTo("up");
    sandbox.connection().close();
    sandbox.connection().close();
    assertThat(sandbox.death(soon())).isInstanceOf(SandboxDeath.Exited.class);
  }

  @Test
  void twoSandboxesHearOnlyTheirOwn() throws IOException {
    Conversation one = new Conversation(create());
    Conversation other = new Conversation(create());
    one.say("out one");
    other.say("out other");
    assertThat(other.nextLine(Origin.WORKER)).isEqualTo("other");
    assertThat(one.nextLine(Origin.WORKER)).isEqualTo("one");
  }

  @Test
  void ownersDoNotSeeEachOther() {
    SandboxRuntime stranger = opened(owner + "-other", "first");
    RunningSandbox sandbox = create();
    assertThat(stranger.listOwned(soon())).isEmpty();
    assertThat(runtime.listOwned(soon()))
        .extracting(OwnedSandbox::id)
        .containsExactly(sandbox.id());
  }

  @Test
  void aLaterGenerationSeesAndDestroysWhatAnEarlierOneLeft() {
    RunningSandbox left = create();
    SandboxRuntime later = opened(owner, "second");
    RunningSandbox own = later.create(Specs.spec(), soon());
    OwnedSandbox found =
        later.listOwned(soon()).stream()
            .filter(sandbox -> sandbox.generation().equals("first"))
            .findFirst()
            .orElseThrow();
    assertThat(found.id()).isEqualTo(left.id());
    later.destroy(found, soon());
    later.destroy(found, soon());
    assertThat(later.listOwned(soon())).extracting(OwnedSandbox::id).containsExactly(own.id());
  }

  @Test
  void aCreationThatCannotMakeItsDeadlineFailsAndLeavesNothing() {
    assertThatThrownBy(() -> runtime.create(Specs.spec(), Deadline.after(Duration.ZERO)))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ENGINE_TIMED_OUT));
    await().untilAsserted(() -> assertThat(runtime.listOwned(soon())).isEmpty());
  }

  @Test
  void anImageThatIsNotThereIsRefused() {
    SandboxShape shape = new SandboxShape(FakeSandboxRuntime.MISSING_IMAGE, Specs.LIMITS);
    assertThatThrownBy(() -> runtime.create(new SandboxSpec(Specs.newId(), shape), soon()))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ENGINE_UNSUITABLE));
    assertThat(runtime.listOwned(soon())).isEmpty();
  }

  protected RunningSandbox create() {
    return runtime.create(Specs.spec(), soon());
  }

  protected static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  protected SandboxRuntime opened(String ofOwner, String generation) {
    SandboxRuntime open = open(ofOwner, generation);
    opened.add(open);
    return open;
  }

  private static boolean endsWithoutBytes(RunningSandbox sandbox) {
    try {
      Optional<SandboxConnection.Inbound> piece = sandbox.connection().read();
      return piece.isEmpty();
    } catch (IOException e) {
      return true;
    }
  }

  private static void sayTo(RunningSandbox sandbox, String line) {
    try {
      sandbox.connection().write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
