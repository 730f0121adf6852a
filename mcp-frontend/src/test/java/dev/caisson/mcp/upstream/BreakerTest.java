package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class BreakerTest {

  private final AtomicLong clock = new AtomicLong();
  private final Breaker breaker = new Breaker(clock::get);

  private List<Long> pauses(int times, Runnable trouble) {
    var millis = new ArrayList<Long>();
    for (var i = 0; i < times; i++) {
      trouble.run();
      millis.add(Duration.ofNanos(breaker.pauseNanos()).toMillis());
    }
    return millis;
  }

  @Test
  void after_each_failed_attempt_the_pause_is_twice_as_long_up_to_a_limit() {
    assertThat(breaker.pauseNanos()).isZero();
    assertThat(pauses(9, breaker::failed))
        .containsExactly(500L, 1000L, 2000L, 4000L, 8000L, 16000L, 30000L, 30000L, 30000L);
    assertThat(pauses(100, breaker::failed)).containsOnly(30000L);
  }

  @Test
  void the_first_loss_costs_nothing() {
    assertThat(pauses(4, breaker::lost)).containsExactly(0L, 500L, 1000L, 2000L);
    assertThat(pauses(4, breaker::lost)).containsExactly(4000L, 8000L, 16000L, 30000L);
    assertThat(pauses(100, breaker::lost)).containsOnly(30000L);
  }

  @Test
  void failed_attempts_and_losses_count_together() {
    breaker.lost();
    assertThat(pauses(1, breaker::failed)).containsExactly(1000L);
    assertThat(pauses(1, breaker::lost)).containsExactly(1000L);
  }

  @Test
  void an_answered_call_forgives_all() {
    assertThat(pauses(5, breaker::lost)).endsWith(4000L);

    breaker.answered();

    assertThat(pauses(2, breaker::lost)).containsExactly(0L, 500L);
  }

  @Test
  void a_pause_ends_with_time() {
    breaker.failed();
    clock.addAndGet(Duration.ofMillis(500).toNanos());

    assertThat(breaker.pauseNanos()).isZero();
  }
}
