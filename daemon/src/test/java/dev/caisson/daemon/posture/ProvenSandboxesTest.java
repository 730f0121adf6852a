package dev.caisson.daemon.posture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.run.RunEvent;
import dev.caisson.daemon.run.Sandboxes;
import dev.caisson.daemon.runtime.Fact;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxConnection;
import dev.caisson.daemon.runtime.SandboxDeath;
import dev.caisson.daemon.runtime.SandboxUsage;
import dev.caisson.daemon.runtime.Specs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who gets which sandbox when many ask at once, while one of them is being examined. */
@Timeout(60)
class ProvenSandboxesTest {

  private static final Deadline LATER = Deadline.after(Duration.ofMinutes(5));
  private static final int CALLERS = 16;

  private final List<Made> given = new CopyOnWriteArrayList<>();
  private final List<Sandboxes.Leased> examined = new CopyOnWriteArrayList<>();
  private volatile String make = "one";

  @Test
  void manyWhoNeedTheProofWaitForOneExaminationAndGetASandboxEach() throws Exception {
    Gatekeeper gatekeeper = new Gatekeeper();
    ProvenSandboxes sandboxes =
        new ProvenSandboxes(this::next, (shape, leased) -> gatekeeper.examine(leased, true));

    List<FutureTask<Sandboxes.Leased>> callers = callers(sandboxes);
    gatekeeper.busy.await();
    // Everybody has a sandbox in hand, and nobody has got one.
    await().until(() -> given.size() == CALLERS);
    assertThat(callers).noneMatch(FutureTask::isDone);
    gatekeeper.open.countDown();

    List<Sandboxes.Leased> got = new ArrayList<>();
    for (FutureTask<Sandboxes.Leased> caller : callers) {
      got.add(caller.get());
    }
    assertThat(got).doesNotHaveDuplicates().doesNotContainAnyElementsOf(examined);
    assertThat(examined).hasSize(1);
    assertThat(given).hasSize(CALLERS + 1);
    assertThat(given.stream().filter(Made::closed)).containsExactlyElementsOf(made(examined));
  }

  @Test
  void whoWaitedForAnExaminationThatFailsIsRefusedAndNoSandboxIsLeft() throws Exception {
    Gatekeeper gatekeeper = new Gatekeeper();
    ProvenSandboxes sandboxes =
        new ProvenSandboxes(this::next, (shape, leased) -> gatekeeper.examine(leased, false));

    List<FutureTask<Sandboxes.Leased>> callers = callers(sandboxes);
    await().until(() -> given.size() == CALLERS);
    gatekeeper.open.countDown();

    for (FutureTask<Sandboxes.Leased> caller : callers) {
      assertThatThrownBy(caller::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              SandboxException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.ENGINE_UNSUITABLE))
          .hasMessageContaining("DIFFERS host   thing: expected good, is bad");
    }
    assertThat(examined).hasSize(1);
    assertThat(given).allMatch(Made::closed);
  }

  @Test
  void anExaminationThatCouldNotBeMadeIsMadeAgain() throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    ProvenSandboxes sandboxes =
        new ProvenSandboxes(
            this::next,
            (shape, leased) -> {
              leased.close();
              examined.add(leased);
              if (broken.getAndSet(false)) {
                throw new SandboxException(ErrorCode.ENGINE_FAILED, "the engine is away");
              }
              return report(true);
            });

    assertThatThrownBy(() -> sandboxes.lease(Specs.SHAPE, LATER)).hasMessage("the engine is away");
    assertThat(sandboxes.lease(Specs.SHAPE, LATER)).isNotIn(examined);

    assertThat(examined).hasSize(2);
  }

  @Test
  void anotherMakeIsExaminedAndHoldsUpNobodyWhoseMakeIsProven() throws Exception {
    Gatekeeper gatekeeper = new Gatekeeper();
    ProvenSandboxes sandboxes =
        new ProvenSandboxes(
            this::next,
            (shape, leased) -> {
              if (leased.sandbox().make().equals("another")) {
                return gatekeeper.examine(leased, true);
              }
              leased.close();
              return report(true);
            });
    sandboxes.prove(Specs.SHAPE, LATER);
    make = "another";
    FutureTask<Sandboxes.Leased> waiting = begin(() -> sandboxes.lease(Specs.SHAPE, LATER));
    gatekeeper.busy.await();
    make = "one";

    // Would not return if it had to wait for the examination.
    assertThat(sandboxes.lease(Specs.SHAPE, LATER).sandbox().make()).isEqualTo("one");
    assertThat(waiting.isDone()).isFalse();

    gatekeeper.open.countDown();
    assertThat(waiting.get()).isNotIn(examined);
  }

  private List<FutureTask<Sandboxes.Leased>> callers(ProvenSandboxes sandboxes) {
    return Stream.generate(() -> begin(() -> sandboxes.lease(Specs.SHAPE, LATER)))
        .limit(CALLERS)
        .toList();
  }

  private static FutureTask<Sandboxes.Leased> begin(Callable<Sandboxes.Leased> call) {
    FutureTask<Sandboxes.Leased> task = new FutureTask<>(call);
    Thread.ofVirtual().start(task);
    return task;
  }

  private Sandboxes.Leased next(SandboxShape shape, Deadline deadline) {
    Made sandbox = new Made(make);
    given.add(sandbox);
    return sandbox;
  }

  private static List<Made> made(List<Sandboxes.Leased> leased) {
    return leased.stream().map(Made.class::cast).toList();
  }

  private static PostureReport report(boolean holds) {
    return new PostureReport(List.of(new Fact("host", "thing", "good", holds ? "good" : "bad")));
  }

  /** An examination that lasts until the test lets it end. */
  private final class Gatekeeper {
    private final CountDownLatch busy = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    PostureReport examine(Sandboxes.Leased leased, boolean holds) {
      examined.add(leased);
      busy.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      leased.close();
      return report(holds);
    }
  }

  /** A sandbox of which nothing but the make is ever asked. */
  private static final class Made implements Sandboxes.Leased, RunningSandbox {
    private final String make;
    private final AtomicBoolean closed = new AtomicBoolean();

    Made(String make) {
      this.make = make;
    }

    boolean closed() {
      return closed.get();
    }

    @Override
    public void ready() {}

    @Override
    public void runBegins() {}

    @Override
    public Duration cpuTime() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      assertThat(closed.getAndSet(true)).as("closed twice").isFalse();
    }

    @Override
    public RunningSandbox sandbox() {
      return this;
    }

    @Override
    public String make() {
      return make;
    }

    @Override
    public RunEvent.Placement placement() {
      return RunEvent.Placement.WARM;
    }

    @Override
    public SandboxId id() {
      return new SandboxId("0123456789abcdef");
    }

    @Override
    public AgentChannel channel() {
      throw new AssertionError("nobody runs anything here");
    }

    @Override
    public SandboxConnection connection() {
      throw new AssertionError("nobody runs anything here");
    }

    @Override
    public List<Fact> posture() {
      throw new AssertionError("the examination of this test looks at nothing");
    }

    @Override
    public SandboxUsage usage() {
      return SandboxUsage.UNKNOWN;
    }

    @Override
    public SandboxDeath death(Deadline deadline) {
      return new SandboxDeath.StillRunning();
    }

    @Override
    public void destroy(Deadline deadline) {
      close();
    }
  }
}
