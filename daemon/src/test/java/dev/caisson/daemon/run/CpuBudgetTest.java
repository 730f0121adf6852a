package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.model.CpuMillis;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuBudgetTest {

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final AtomicReference<Duration> used = new AtomicReference<>(Duration.ZERO);
  private final AtomicInteger over = new AtomicInteger();

  @AfterEach
  void end() {
    timer.shutdownNow();
  }

  @Test
  void itLooksWhenTheLimitCouldBeReachedAtTheEarliest() {
    try (CpuBudget budget = budget(Duration.ofMinutes(1), new CpuMillis(500))) {
      budget.start();

      assertThat(timer.getQueue())
          .singleElement()
          .satisfies(look ->
              assertThat(((java.util.concurrent.Delayed) look).getDelay(TimeUnit.SECONDS))
                  .isBetween(100L, 120L));
    }
  }

  @Test
  void itLooksAgainUntilTheLimitIsPassedAndSaysSoOnce() {
    try (CpuBudget budget = budget(Duration.ofMillis(50), new CpuMillis(50_000))) {
      budget.start();
      await().until(() -> timer.getCompletedTaskCount() > 3);
      assertThat(over).hasValue(0);

      used.set(Duration.ofMillis(50));
      long looks = timer.getCompletedTaskCount();
      await().until(() -> timer.getCompletedTaskCount() > looks + 3);
      assertThat(over).as("just at the limit").hasValue(0);

      used.set(Duration.ofMillis(50).plusNanos(1));
      await().until(() -> timer.getQueue().isEmpty() && timer.getActiveCount() == 0);
      assertThat(over).hasValue(1);
    }
  }

  @Test
  void closedItLooksNoMore() {
    timer.setRemoveOnCancelPolicy(true);
    CpuBudget budget = budget(Duration.ofMinutes(1), new CpuMillis(1000));
    budget.start();
    budget.close();

    assertThat(timer.getQueue()).isEmpty();
  }

  private CpuBudget budget(Duration limit, CpuMillis share) {
    return new CpuBudget(used::get, limit, share, timer, over::incrementAndGet);
  }
}
