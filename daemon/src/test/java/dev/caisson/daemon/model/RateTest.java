package dev.caisson.daemon.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long START = 17 * SECOND;

  private final Rate rate = new Rate(new ByteSize(1_000), Duration.ofSeconds(1), START);

  @Test
  void aSecondsWorthGoesAtOnceAndNotAByteMore() {
    assertThat(rate.due(400, START)).isLessThanOrEqualTo(START);
    assertThat(rate.due(600, START)).isLessThanOrEqualTo(START);
    assertThat(rate.due(1, START)).isEqualTo(START + SECOND / 1_000);
  }

  @Test
  void whatGoesOnTakesTheTimeThatTheRateSays() {
    rate.due(1_000, START);

    assertThat(rate.due(5_000, START)).isEqualTo(START + 5 * SECOND);
    assertThat(rate.due(1_000, START + 2 * SECOND)).isEqualTo(START + 6 * SECOND);
  }

  @Test
  void silenceSavesUpASecondAndNoMore() {
    rate.due(1_000, START);
    long later = START + 3_600 * SECOND;

    assertThat(rate.due(1_000, later)).isLessThanOrEqualTo(later);
    assertThat(rate.due(1_000, later)).isEqualTo(later + SECOND);
  }
}
