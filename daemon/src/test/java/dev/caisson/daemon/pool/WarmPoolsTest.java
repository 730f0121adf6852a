package dev.caisson.daemon.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.ManualTicker;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.runtime.FakeSandbox;
import dev.caisson.daemon.runtime.FakeSandboxRuntime;
import dev.caisson.daemon.runtime.FaultySandboxRuntime;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxRuntime;
import dev.caisson.daemon.runtime.Specs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class WarmPoolsTest {

  private static final PoolConfig CONFIG =
      new PoolConfig(
          8,
          2,
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ofMillis(1),
          Duration.ofMillis(10),
          Duration.ZERO);

  private final FakeSandboxRuntime fake =
      new FakeSandboxRuntime(spec -> streams -> streams.input().read());
  private final ManualTicker ticker = new ManualTicker();
  private final List<FakeWarmSandbox> warmed = new CopyOnWriteArrayList<>();
  private final Semaphore gate = new Semaphore(Integer.MAX_VALUE / 2);
  private final List<WarmPools<FakeWarmSandbox>> started = new CopyOnWriteArrayList<>();

  @AfterEach
  void everythingIsDestroyed() {
    gate.release(1000);
    for (WarmPools<FakeWarmSandbox> pools : started) {
      assertThat(pools.close(soon())).isTrue();
      assertThat(pools.stats())
          .allSatisfy(stats -> assertThat(stats.created()).isEqualTo(stats.destroyed()));
    }
    assertThat(fake.live()).isEmpty();
  }

  @Test
  void aPoolFillsToItsTarget() {
    WarmPools<FakeWarmSandbox> pools = start(3);
    assertThat(pools.awaitFirstFill(soon())).isTrue();
    assertThat(stats(pools).warm()).isEqualTo(3);
    assertThat(fake.live()).hasSize(3).allMatch(FakeSandbox::isReady);
  }

  @Test
  void aClaimTakesAWarmOneAndThePoolRefills() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    Lease<FakeWarmSandbox> lease = pools.claim(Specs.SHAPE, soon());
    assertThat(lease.origin()).isEqualTo(Lease.Origin.WARM);
    await().until(() -> stats(pools).warm() == 2);
    assertThat(stats(pools).leased()).isEqualTo(1);
  }

  @Test
  void aClaimIsLeftAloneForAMomentUnlessThePoolRunsLow() {
    WarmPools<FakeWarmSandbox> pools = start(4, fake, this::warm, pausing(Duration.ofHours(1)));
    assertThat(pools.awaitFirstFill(soon())).isTrue();

    pools.claim(Specs.SHAPE, soon());
    pools.claim(Specs.SHAPE, soon());
    await().during(Duration.ofMillis(50)).until(() -> stats(pools).created() == 4);

    pools.claim(Specs.SHAPE, soon());
    await().until(() -> stats(pools).created() > 4);
  }

  @Test
  void eachFurtherClaimIsLeftAloneAsLong() {
    WarmPools<FakeWarmSandbox> pools = start(4, fake, this::warm, pausing(Duration.ofMinutes(60)));
    assertThat(pools.awaitFirstFill(soon())).isTrue();
    pools.claim(Specs.SHAPE, soon());
    ticker.advance(Duration.ofMinutes(59));
    pools.claim(Specs.SHAPE, soon());
    ticker.advance(Duration.ofMinutes(59));
    pools.wake();
    await().during(Duration.ofMillis(50)).until(() -> stats(pools).created() == 4);

    ticker.advance(Duration.ofMinutes(1));
    pools.wake();
    await().until(() -> stats(pools).created() == 6);
  }

  @Test
  void howeverManyClaimsComeTheRefillBeginsAfterTenPauses() {
    WarmPools<FakeWarmSandbox> pools = start(24, fake, this::warm, pausing(Duration.ofMinutes(60)));
    assertThat(pools.awaitFirstFill(soon())).isTrue();
    pools.claim(Specs.SHAPE, soon());
    for (int i = 0; i < 10; i++) {
      ticker.advance(Duration.ofMinutes(59));
      pools.claim(Specs.SHAPE, soon());
    }
    ticker.advance(Duration.ofMinutes(9));
    pools.wake();
    await().during(Duration.ofMillis(50)).until(() -> stats(pools).created() == 24);

    ticker.advance(Duration.ofMinutes(1));
    pools.wake();
    await().until(() -> stats(pools).created() == 35);
  }

  private static PoolConfig pausing(Duration refillPause) {
    return new PoolConfig(
        64,
        CONFIG.creationsAtOnce(),
        CONFIG.creationTimeout(),
        CONFIG.destructionTimeout(),
        Duration.ofDays(1),
        CONFIG.pingTimeout(),
        CONFIG.shortestBackoff(),
        CONFIG.longestBackoff(),
        refillPause);
  }

  @Test
  void aClosedLeaseDestroysItsSandboxOnceAndForItsReason() {
    WarmPools<FakeWarmSandbox> pools = filled(1);
    Lease<FakeWarmSandbox> lease = pools.claim(Specs.SHAPE, soon());
    lease.close(Departure.VIOLATION);
    lease.close();
    await().until(() -> stats(pools).destroyed() == 1);
    assertThat(stats(pools).departures()).isEqualTo(Map.of(Departure.VIOLATION, 1L));
    await().until(() -> fake.live().size() == 1);
    assertThat(fake.live())
        .noneMatch(sandbox -> sandbox.id().equals(lease.sandbox().sandbox().id()));
  }

  @Test
  void noSandboxIsEverHandedOutTwice() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    List<FakeWarmSandbox> given = new CopyOnWriteArrayList<>();
    List<CompletableFuture<Void>> claims =
        IntStream.range(0, 40)
            .mapToObj(i ->
                CompletableFuture.runAsync(() -> {
                  try (Lease<FakeWarmSandbox> lease = pools.claim(Specs.SHAPE, soon())) {
                    given.add(lease.sandbox());
                  }
                }))
            .toList();
    claims.forEach(CompletableFuture::join);
    assertThat(given).hasSize(40).doesNotHaveDuplicates();
  }

  @Test
  void aClaimOnAnEmptyPoolWaitsForOneThatIsCreatedForIt() {
    WarmPools<FakeWarmSandbox> pools = start(0);
    try (Lease<FakeWarmSandbox> lease = pools.claim(Specs.SHAPE, soon())) {
      assertThat(lease.origin()).isEqualTo(Lease.Origin.COLD);
    }
  }

  @Test
  void aClaimThatFindsDeadOnesTakesTheNextThatLives() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    List<FakeWarmSandbox> dead = List.copyOf(warmed);
    dead.forEach(FakeWarmSandbox::die);
    gate.drainPermits();
    CompletableFuture<Lease<FakeWarmSandbox>> claim =
        CompletableFuture.supplyAsync(() -> pools.claim(Specs.SHAPE, soon()));
    await().until(() -> stats(pools).departures().equals(Map.of(Departure.FOUND_DEAD, 2L)));
    gate.release(1000);
    assertThat(dead).doesNotContain(claim.join().sandbox());
  }

  @Test
  void aClaimThatGetsNoneByItsDeadlineSaysWhyCreatingFailed() {
    WarmPools<FakeWarmSandbox> pools =
        start(0, new FaultySandboxRuntime(fake, "10000*error(ENGINE_FAILED)", ""));
    assertThatThrownBy(() -> pools.claim(Specs.SHAPE, Deadline.after(Duration.ofMillis(200))))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SANDBOX_AVAILABLE))
        .hasMessage(
            "no sandbox was ready in time: 0 are leased of at most 8; creating one failed: a scripted creation fault");
  }

  @Test
  void aClaimOfAShapeThatNoPoolHasIsRefused() {
    WarmPools<FakeWarmSandbox> pools = start(0);
    SandboxShape other = new SandboxShape("other", Specs.LIMITS);
    assertThatThrownBy(() -> pools.claim(other, soon()))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.FAILED_PRECONDITION));
  }

  @Test
  void thereAreNeverMoreThanTheMaximumHoweverManyAreClaimed() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    List<Lease<FakeWarmSandbox>> leases =
        IntStream.range(0, 8).mapToObj(i -> pools.claim(Specs.SHAPE, soon())).toList();
    assertThatThrownBy(() -> pools.claim(Specs.SHAPE, Deadline.after(Duration.ofMillis(50))))
        .hasMessage("no sandbox was ready in time: 8 are leased of at most 8");
    assertThat(stats(pools).live()).isEqualTo(8);
    leases.getFirst().close();
    pools.claim(Specs.SHAPE, soon());
  }

  @Test
  void noMoreAreCreatedAtOnceThanThereAreSlots() {
    gate.drainPermits();
    WarmPools<FakeWarmSandbox> pools = start(5);
    await().until(() -> fake.creations() == 2);
    gate.release(1);
    await().until(() -> fake.creations() == 3);
    assertThat(stats(pools).warm()).isEqualTo(1);
    gate.release(1000);
    assertThat(pools.awaitFirstFill(soon())).isTrue();
  }

  @Test
  void aFailedCreationIsCountedAndTriedAgain() {
    WarmPools<FakeWarmSandbox> pools =
        start(2, new FaultySandboxRuntime(fake, "2*error(ENGINE_FAILED)", ""));
    await()
        .until(() -> {
          pools.wake();
          ticker.advance(Duration.ofMillis(10));
          return stats(pools).warm() == 2;
        });
    assertThat(stats(pools).departures()).isEqualTo(Map.of(Departure.CREATION_FAILED, 2L));
    assertThat(stats(pools).lastError()).isEmpty();
  }

  @Test
  void afterAFailureThePoolWaitsBeforeItTriesAgain() {
    WarmPools<FakeWarmSandbox> pools =
        start(1, new FaultySandboxRuntime(fake, "1*error(ENGINE_FAILED)", ""));
    await().until(() -> stats(pools).lastError().isPresent());
    pools.wake();
    assertThat(stats(pools).created()).isEqualTo(1);
    ticker.advance(Duration.ofMillis(1));
    pools.wake();
    assertThat(pools.awaitFirstFill(soon())).isTrue();
  }

  @Test
  void oneThatDoesNotBecomeReadyIsDestroyed() {
    WarmPools<FakeWarmSandbox> pools =
        start(
            1,
            fake,
            (sandbox, deadline) -> {
              if (fake.creations() == 1) {
                throw new SandboxException(ErrorCode.CHANNEL_VIOLATION, "no greeting");
              }
              return new FakeWarmSandbox(sandbox);
            });
    await().until(() -> stats(pools).lastError().equals(Optional.of("no greeting")));
    ticker.advance(Duration.ofMillis(1));
    pools.wake();
    assertThat(pools.awaitFirstFill(soon())).isTrue();
    await().until(() -> fake.live().size() == 1);
    assertThat(stats(pools).departures()).isEqualTo(Map.of(Departure.NEVER_READY, 1L));
  }

  @Test
  void idleOnesAreAskedForASignOfLifeAndTheSilentAreReplaced() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    FakeWarmSandbox silent = warmed.get(0);
    silent.fallSilent();
    ticker.advance(Duration.ofSeconds(10));
    pools.wake();
    await().until(() -> stats(pools).departures().equals(Map.of(Departure.HEALTH_CHECK, 1L)));
    await().until(() -> warmed.get(1).pings() == 1);
    await().until(() -> stats(pools).warm() == 2 && stats(pools).live() == 2);
    assertThat(warmed).hasSize(3);
  }

  @Test
  void noneIsAskedBeforeItsTime() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    ticker.advance(Duration.ofSeconds(9));
    pools.wake();
    pools.claim(Specs.SHAPE, soon()).close();
    await().until(() -> stats(pools).warm() == 2);
    assertThat(warmed).allMatch(sandbox -> sandbox.pings() == 0);
  }

  @Test
  void aDestructionThatFailsIsRepeatedUntilItSucceeds() {
    WarmPools<FakeWarmSandbox> pools =
        start(1, new FaultySandboxRuntime(fake, "", "3*error(ENGINE_TIMED_OUT)"));
    assertThat(pools.awaitFirstFill(soon())).isTrue();
    pools.claim(Specs.SHAPE, soon()).close();
    await().until(() -> stats(pools).destroyed() == 1);
    assertThat(stats(pools).failedDestructions()).isEqualTo(3);
    assertThat(stats(pools).departures()).isEqualTo(Map.of(Departure.RUN_ENDED, 1L));
  }

  @Test
  void drainingRefusesClaimsAndLeavesLeases() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    Lease<FakeWarmSandbox> lease = pools.claim(Specs.SHAPE, soon());
    pools.drain();
    assertThatThrownBy(() -> pools.claim(Specs.SHAPE, soon()))
        .isInstanceOfSatisfying(
            SandboxException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SHUTTING_DOWN));
    await().until(() -> fake.live().size() == 1);
    assertThat(pools.awaitLeasesEnded(Deadline.after(Duration.ZERO))).isFalse();
    lease.close();
    assertThat(pools.awaitLeasesEnded(soon())).isTrue();
  }

  @Test
  void drainingEndsAWaitingClaim() {
    gate.drainPermits();
    WarmPools<FakeWarmSandbox> pools = start(1);
    CompletableFuture<Lease<FakeWarmSandbox>> claim =
        CompletableFuture.supplyAsync(() -> pools.claim(Specs.SHAPE, soon()));
    await().until(() -> stats(pools).waiting() == 1);
    pools.drain();
    assertThatThrownBy(claim::join).hasRootCauseMessage("the daemon is shutting down");
  }

  @Test
  void closingEndsLeasesToo() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    Lease<FakeWarmSandbox> lease = pools.claim(Specs.SHAPE, soon());
    assertThat(pools.close(soon())).isTrue();
    assertThat(fake.live()).isEmpty();
    lease.close();
    assertThat(stats(pools).live()).isZero();
  }

  @Test
  void oneThatBecomesReadyAfterTheEndIsDestroyed() {
    gate.drainPermits();
    WarmPools<FakeWarmSandbox> pools = start(1);
    await().until(() -> fake.live().size() == 1);
    pools.drain();
    gate.release();
    await().until(() -> stats(pools).live() == 0);
    assertThat(fake.live()).isEmpty();
    assertThat(stats(pools).departures()).isEqualTo(Map.of(Departure.DRAINED, 1L));
  }

  @Test
  void whatWasCreatedForAClaimThatGaveUpIsNotKeptBeyondTheTarget() throws InterruptedException {
    gate.drainPermits();
    WarmPools<FakeWarmSandbox> pools = start(0);
    Thread claim =
        Thread.ofVirtual()
            .start(() ->
                assertThatThrownBy(() -> pools.claim(Specs.SHAPE, soon()))
                    .hasMessage("interrupted while waiting for a sandbox"));
    await().until(() -> fake.creations() == 1);
    claim.interrupt();
    claim.join();
    gate.release();
    await().until(() -> stats(pools).departures().equals(Map.of(Departure.SURPLUS, 1L)));
  }

  @Test
  void anotherNumberIsKeptFromNowOn() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    pools.retarget(Map.of(Specs.SHAPE, 4));
    await().until(() -> stats(pools).warm() == 4);

    pools.retarget(Map.of(Specs.SHAPE, 1));

    await().until(() -> fake.live().size() == 1);
    assertThat(stats(pools).warm()).isEqualTo(1);
    assertThat(stats(pools).departures()).isEqualTo(Map.of(Departure.SURPLUS, 3L));
  }

  @Test
  void aNewShapeGetsAPoolAndAMissingOneKeepsNoneButItsLeasesAndClaims() {
    WarmPools<FakeWarmSandbox> pools = filled(2);
    SandboxShape other = new SandboxShape("other", Specs.LIMITS);
    Lease<FakeWarmSandbox> lease = pools.claim(Specs.SHAPE, soon());

    pools.retarget(Map.of(other, 1));

    await().until(() -> of(pools, other).warm() == 1);
    await().until(() -> of(pools, Specs.SHAPE).live() == 1);
    assertThat(of(pools, Specs.SHAPE).target()).isZero();
    assertThat(of(pools, Specs.SHAPE).leased()).isEqualTo(1);
    lease.close();
    try (Lease<FakeWarmSandbox> late = pools.claim(Specs.SHAPE, soon())) {
      assertThat(late.origin()).isEqualTo(Lease.Origin.COLD);
    }
    await().until(() -> of(pools, Specs.SHAPE).live() == 0);
  }

  @Test
  void moreThanTheMaximumCannotBeKept() {
    WarmPools<FakeWarmSandbox> pools = start(0);
    assertThatThrownBy(() -> pools.retarget(Map.of(Specs.SHAPE, 9)))
        .hasMessage("a pool keeps 0 to 8 warm, got 9");
  }

  private static PoolStats of(WarmPools<FakeWarmSandbox> pools, SandboxShape shape) {
    return pools.stats().stream()
        .filter(stats -> stats.shape().equals(shape))
        .findFirst()
        .orElseThrow();
  }

  private WarmPools<FakeWarmSandbox> filled(int target) {
    WarmPools<FakeWarmSandbox> pools = start(target);
    assertThat(pools.awaitFirstFill(soon())).isTrue();
    return pools;
  }

  private WarmPools<FakeWarmSandbox> start(int target) {
    return start(target, fake);
  }

  private WarmPools<FakeWarmSandbox> start(int target, SandboxRuntime runtime) {
    return start(target, runtime, this::warm);
  }

  private WarmPools<FakeWarmSandbox> start(
      int target, SandboxRuntime runtime, SandboxWarmer<FakeWarmSandbox> warmer) {
    return start(target, runtime, warmer, CONFIG);
  }

  private WarmPools<FakeWarmSandbox> start(
      int target,
      SandboxRuntime runtime,
      SandboxWarmer<FakeWarmSandbox> warmer,
      PoolConfig config) {
    WarmPools<FakeWarmSandbox> pools =
        new WarmPools<>(
            Map.of(Specs.SHAPE, target), runtime, warmer, new RandomSandboxIds(), config, ticker);
    started.add(pools);
    pools.start();
    return pools;
  }

  private FakeWarmSandbox warm(RunningSandbox sandbox, Deadline deadline) {
    gate.acquireUninterruptibly();
    FakeWarmSandbox warm = new FakeWarmSandbox(sandbox);
    warmed.add(warm);
    return warm;
  }

  private static PoolStats stats(WarmPools<FakeWarmSandbox> pools) {
    return pools.stats().getFirst();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }
}
