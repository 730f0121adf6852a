package dev.caisson.daemon.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.runtime.FakeSandboxRuntime;
import dev.caisson.daemon.runtime.FaultySandboxRuntime;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.Specs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever fails and whoever claims: what was created is destroyed or live, and never lost. */
@Timeout(60)
final class PoolCountTest {

  private static final PoolConfig CONFIG =
      new PoolConfig(
          6,
          3,
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofMillis(5),
          Duration.ofSeconds(2),
          Duration.ofMillis(1),
          Duration.ofMillis(4),
          Duration.ofMillis(1));

  private final FakeSandboxRuntime fake =
      new FakeSandboxRuntime(spec -> streams -> streams.input().read());
  private final Set<FakeWarmSandbox> given = ConcurrentHashMap.newKeySet();
  private final AtomicInteger warmings = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void createdLessDestroyedIsLive(long seed) {
    Random random = new Random(seed);
    WarmPools<FakeWarmSandbox> pools =
        new WarmPools<>(
            Map.of(Specs.SHAPE, 3),
            new FaultySandboxRuntime(fake, script(random), script(random)),
            this::warmOrFail,
            new RandomSandboxIds(),
            CONFIG,
            Ticker.SYSTEM);
    pools.start();
    List<CompletableFuture<Integer>> users = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      long userSeed = random.nextLong();
      users.add(CompletableFuture.supplyAsync(() -> use(pools, new Random(userSeed))));
    }
    int claims = users.stream().mapToInt(CompletableFuture::join).sum();
    assertThat(pools.close(Deadline.after(Duration.ofSeconds(20)))).isTrue();

    PoolStats stats = pools.stats().getFirst();
    assertThat(claims).isPositive();
    assertThat(given).hasSize(claims);
    assertThat(stats.live()).isZero();
    assertThat(stats.departures().values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(stats.destroyed());
    assertThat(fake.live()).isEmpty();
  }

  private int use(WarmPools<FakeWarmSandbox> pools, Random random) {
    int claims = 0;
    for (int i = 0; i < 30; i++) {
      Duration patience = Duration.ofMillis(1 + random.nextInt(50));
      try (Lease<FakeWarmSandbox> lease = pools.claim(Specs.SHAPE, Deadline.after(patience))) {
        claims++;
        assertThat(given.add(lease.sandbox())).isTrue();
        if (random.nextBoolean()) {
          lease.close(Departure.LOST);
        }
      } catch (SandboxException e) {
        // None in time: the user comes again.
      }
      // The record itself refuses counts that do not add up.
      assertThat(pools.stats().getFirst().live()).isBetween(0, 6);
    }
    return claims;
  }

  /** Each fifth never becomes ready, each seventh dies idle, each eleventh falls silent. */
  private FakeWarmSandbox warmOrFail(RunningSandbox sandbox, Deadline deadline) {
    int number = warmings.incrementAndGet();
    FakeWarmSandbox warm = new FakeWarmSandbox(sandbox);
    if (number % 5 == 0) {
      throw new IllegalStateException("not even an exception of ours");
    }
    if (number % 7 == 0) {
      warm.die();
    }
    if (number % 11 == 0) {
      warm.fallSilent();
    }
    return warm;
  }

  private static String script(Random random) {
    return IntStream.range(0, 30)
        .mapToObj(
            i -> random.nextInt(1, 5) + "*off->" + random.nextInt(1, 3) + "*error(ENGINE_FAILED)")
        .collect(Collectors.joining("->"));
  }
}
