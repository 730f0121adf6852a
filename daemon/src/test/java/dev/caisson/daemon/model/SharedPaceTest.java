package dev.caisson.daemon.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedPaceTest {

  private static final int ALL = 4_000;

  private final ManualTicker ticker = new ManualTicker();
  private final AtomicInteger runs = new AtomicInteger(1);
  private final SharedPace pace = new SharedPace(ALL, runs::get, ticker);

  private int passedIn(Duration time) {
    long end = ticker.nanos() + time.toNanos();
    int passed = 0;
    while (ticker.nanos() < end) {
      if (pace.pass()) {
        passed++;
      } else {
        ticker.advance(pace.untilNext());
      }
    }
    return passed;
  }

  @Test
  void aRunThatIsAloneIsNeverHeld() {
    for (int call = 0; call < 100_000; call++) {
      assertThat(pace.pass()).isTrue();
    }
  }

  @Test
  void whatARunDidAloneIsNotHeldAgainstIt() {
    aRunThatIsAloneIsNeverHeld();
    runs.set(2);

    assertThat(pace.pass()).isTrue();
  }

  @Test
  void runsShareWhatTheProcessorsCarry() {
    runs.set(2);
    assertThat(passedIn(Duration.ofSeconds(2))).isBetween(ALL, (int) (ALL * 1.02));

    runs.set(8);
    assertThat(passedIn(Duration.ofSeconds(8))).isBetween(ALL, (int) (ALL * 1.02));
  }

  @Test
  void silenceSavesUpForAMoment() {
    runs.set(2);
    ticker.advance(Duration.ofHours(1));
    int atOnce = 0;
    while (pace.pass()) {
      atOnce++;
    }

    assertThat(atOnce).isEqualTo(ALL / 2 / 100 + 1);
    assertThat(pace.untilNext()).isPositive();
  }
}
