package dev.caisson.daemon.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.channel.ChannelPatience;
import dev.caisson.daemon.channel.FrameKind;
import dev.caisson.daemon.channel.Message;
import dev.caisson.daemon.channel.ScriptedAgent;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.ManualTicker;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.policy.RequestedLimits;
import dev.caisson.daemon.run.KeptSandboxes;
import dev.caisson.daemon.run.Run;
import dev.caisson.daemon.run.RunSpec;
import dev.caisson.daemon.run.ScriptedSandboxes;
import dev.caisson.daemon.session.SessionNotice.News;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions of two tenants, whose sandboxes are played and whose clock stands still. */
class SessionRegistryTest {

  private static final Identity ONE = new Identity("one", "somebody");
  private static final Identity TWO = new Identity("two", "somebody");
  private static final int MOST = 2;

  private final ManualTicker ticker = new ManualTicker();
  private final ScriptedSandboxes sandboxes = new ScriptedSandboxes();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final AtomicInteger ids = new AtomicInteger();
  private final SessionRegistry registry =
      new SessionRegistry(
          sandboxes,
          PolicyStore.shipped(),
          () -> new SessionId("session-" + ids.incrementAndGet()),
          MOST,
          timer,
          ticker,
          InstantSource.system());

  @AfterEach
  void nothingIsLeft() {
    registry.close();
    timer.shutdownNow();
    assertThat(sandboxes.leased).hasValue(0);
  }

  // ---- tenants ----

  @Test
  void aSessionOfAnotherTenantIsNotFound() throws InterruptedException {
    SessionId id = create(ONE).id();

    assertThat(registry.list(ONE)).extracting(SessionState::id).containsExactly(id);
    assertThat(registry.list(TWO)).isEmpty();
    assertThatThrownBy(() -> registry.get(TWO, id)).hasMessageContaining("there is no session");
    assertThatThrownBy(() -> registry.reset(TWO, id, true)).isInstanceOf(SandboxException.class);
    assertThatThrownBy(() -> registry.interrupt(TWO, id)).isInstanceOf(SandboxException.class);
    assertThatThrownBy(() -> registry.delete(TWO, id)).isInstanceOf(SandboxException.class);
    assertThatThrownBy(() -> registry.files(TWO, id)).hasMessageContaining("there is no session");
    assertThatThrownBy(() -> enter(TWO, id)).hasMessageContaining("there is no session");
    assertThat(registry.get(ONE, id).id()).isEqualTo(id);
  }

  @Test
  void eachTenantHasItsOwnNumberOfSessions() throws InterruptedException {
    SessionId first = create(ONE).id();
    create(ONE);
    assertThatThrownBy(() -> create(ONE))
        .hasMessageContaining("as many as there may be (sessions.per_tenant)");

    create(TWO);
    registry.delete(ONE, first);
    create(ONE);
  }

  @Test
  void aTenantHearsOfItsOwnSessionsOnlyAndOnlyWhileItWatches() throws InterruptedException {
    List<SessionNotice> one = new ArrayList<>();
    List<SessionNotice> two = new ArrayList<>();
    List<SessionNotice> gone = new ArrayList<>();
    registry.watch(ONE, one::add);
    registry.watch(TWO, two::add);
    registry.watch(ONE, gone::add).close();
    SessionId id = create(ONE).id();

    registry.delete(ONE, id);

    assertThat(one)
        .containsExactly(new SessionNotice(id, "mine", new News.Ended("it was deleted")));
    assertThat(two).isEmpty();
    assertThat(gone).isEmpty();
  }

  // ---- ends ----

  @Test
  void anIdleSessionIsAnnouncedToEndAndThenEnds() throws InterruptedException {
    List<News> news = watched();
    create(ONE);

    after(Duration.ofSeconds(4));
    assertThat(news).isEmpty();
    after(Duration.ofSeconds(1));
    after(Duration.ofSeconds(1));
    assertThat(news).containsExactly(new News.Ending("it is idle", Duration.ofSeconds(5)));
    after(Duration.ofSeconds(4));

    assertThat(news).last().isEqualTo(new News.Ended("the session was idle for too long"));
    assertThat(registry.list(ONE)).isEmpty();
  }

  @Test
  void aRunAfterTheAnnouncementKeepsTheSessionAndItIsAnnouncedAnew() throws InterruptedException {
    List<News> news = watched();
    SessionId id = create(ONE).id();
    after(Duration.ofSeconds(9));

    KeptSandboxes.Turn turn = enter(ONE, id);
    after(Duration.ofSeconds(20));
    assertThat(registry.get(ONE, id).activity()).isInstanceOf(SessionState.Activity.Busy.class);
    turn.close();
    after(Duration.ofSeconds(6));

    assertThat(news)
        .containsExactly(
            new News.Ending("it is idle", Duration.ofSeconds(1)),
            new News.Ending("it is idle", Duration.ofSeconds(4)));
  }

  @Test
  void aSessionWhoseFilesAreUsedIsNotIdle() throws InterruptedException {
    List<News> news = watched();
    SessionId id = create(ONE).id();
    after(Duration.ofSeconds(9));
    news.clear();

    try (SessionFiles files = registry.files(ONE, id)) {
      assertThat(files.files()).isNotNull();
      after(Duration.ofSeconds(60));
    }
    after(Duration.ofSeconds(4));
    assertThat(news).isEmpty();
    after(Duration.ofSeconds(6));

    assertThat(news).last().isEqualTo(new News.Ended("the session was idle for too long"));
  }

  @Test
  void theEndOfItsLifeIsAnnouncedAMinuteBefore() throws InterruptedException {
    List<News> news = watched();
    SessionId id = create(ONE, Duration.ofHours(1), Duration.ofMinutes(10)).id();

    after(Duration.ofMinutes(9));
    after(Duration.ofSeconds(30));
    assertThat(news)
        .containsExactly(new News.Ending("it reaches its time to live", Duration.ofMinutes(1)));
    assertThat(registry.get(ONE, id).timeLeft()).isEqualTo(Duration.ofSeconds(30));
    after(Duration.ofSeconds(30));

    assertThat(news).last().isEqualTo(new News.Ended("the session has reached its time to live"));
  }

  // ---- losses ----

  @Test
  void aSandboxThatIsLostBetweenRunsIsTold() throws InterruptedException {
    List<News> news = watched();
    ScriptedAgent agent = ScriptedAgent.alive();
    SessionId id = create(agent, ONE, Duration.ofSeconds(10), Duration.ofHours(1)).id();

    agent.close();
    await()
        .until(() -> {
          registry.sweep();
          return !news.isEmpty();
        });
    registry.sweep();

    assertThat(news)
        .containsExactly(
            new News.SandboxLost(
                "its sandbox ended while no run was in progress: the sandbox closed its streams"));
    assertThat(registry.get(ONE, id).activity()).isInstanceOf(SessionState.Activity.Lost.class);
    assertThatThrownBy(() -> enter(ONE, id)).hasMessageContaining("reset it to start again");
  }

  @Test
  void aSandboxThatHangsWhenItIsResetIsLostAndTheNextResetBeginsAnew() throws InterruptedException {
    sandboxes.patience =
        new ChannelPatience(Duration.ofSeconds(1), Duration.ofDays(1), Duration.ofDays(1));
    ScriptedAgent hanging = ScriptedAgent.ready();
    SessionId id = create(hanging, ONE, Duration.ofSeconds(10), Duration.ofHours(1)).id();
    hanging.stops();

    assertThatThrownBy(() -> registry.reset(ONE, id, false))
        .hasMessageMatching(
            "session session-1 has lost its sandbox, and its files with it: the sandbox took in nothing for 1s.*; reset it once more to start again, or end it")
        .extracting(e -> ((SandboxException) e).code())
        .isEqualTo(ErrorCode.FAILED_PRECONDITION);
    assertThat(sandboxes.leased).hasValue(0);
    assertThat(registry.get(ONE, id).activity()).isInstanceOf(SessionState.Activity.Lost.class);

    sandboxes.agents.add(ScriptedAgent.alive());
    assertThat(registry.reset(ONE, id, false).activity())
        .isInstanceOf(SessionState.Activity.Idle.class);
  }

  @Test
  void aSessionThatIsDeletedTakesItsSandboxFromARunThatDoesNotEnd() throws InterruptedException {
    SessionId id = create(ONE).id();
    KeptSandboxes.Turn turn = enter(ONE, id);

    registry.delete(ONE, id);
    after(Session.END_PATIENCE.minusNanos(1));
    assertThat(sandboxes.leased).hasValue(1);
    after(Duration.ofNanos(1));

    assertThat(sandboxes.leased).hasValue(0);
    turn.close();
    assertThat(sandboxes.leased).hasValue(0);
  }

  // ---- health ----

  @Test
  void aSandboxThatDoesNotAnswerIsSaidToBeUnresponsive() throws InterruptedException {
    create(ONE);
    ScriptedAgent silent = ScriptedAgent.ready();
    SessionId id = create(silent, ONE, Duration.ofSeconds(10), Duration.ofHours(1)).id();

    assertThat(registry.list(ONE))
        .extracting(SessionState::responsive)
        .containsExactly(true, false);

    Message asked = silent.awaits(FrameKind.PING);
    assertThat(silent.heard(FrameKind.PING)).as("another question beside an open one").isFalse();
    silent.answersPings();
    silent.says(FrameKind.PONG, 0, asked.payload());
    await().until(() -> registry.get(ONE, id).responsive());
  }

  // ---- the scene ----

  private List<News> watched() {
    List<News> news = new ArrayList<>();
    registry.watch(ONE, notice -> news.add(notice.news()));
    return news;
  }

  private void after(Duration time) {
    ticker.advance(time);
    registry.sweep();
  }

  private SessionState create(Identity identity) throws InterruptedException {
    return create(identity, Duration.ofSeconds(10), Duration.ofHours(1));
  }

  private SessionState create(Identity identity, Duration idle, Duration life)
      throws InterruptedException {
    return create(ScriptedAgent.alive(), identity, idle, life);
  }

  private SessionState create(ScriptedAgent agent, Identity identity, Duration idle, Duration life)
      throws InterruptedException {
    sandboxes.agents.add(agent);
    return registry.create(new SessionSpec(identity, "", "mine", "", idle, life));
  }

  private KeptSandboxes.Turn enter(Identity identity, SessionId id) throws InterruptedException {
    Run run =
        ScriptedSandboxes.run(
            new RunSpec(
                identity,
                "code",
                Optional.empty(),
                "",
                RequestedLimits.NONE,
                Map.of(),
                List.of(),
                false,
                ToolCatalogue.EMPTY,
                false,
                Optional.of(new RunSpec.Place(id, true))));
    return registry.enter(
        run, run.spec().place().orElseThrow(), Deadline.after(Duration.ofSeconds(10)));
  }
}
