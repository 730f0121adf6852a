package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class FloodGateTest {

  private final AtomicLong clock = new AtomicLong();
  private final List<Long> pauses = new ArrayList<>();
  private final FloodGate gate =
      new FloodGate(
          3,
          clock::get,
          nanos -> {
            pauses.add(nanos);
            clock.addAndGet(nanos);
          });

  private void pass(int times) throws InterruptedException {
    for (var i = 0; i < times; i++) {
      gate.pass();
    }
  }

  @Test
  void more_than_so_many_in_a_second_wait_for_the_next_one() throws InterruptedException {
    pass(2);
    clock.addAndGet(Duration.ofMillis(400).toNanos());
    pass(1);
    assertThat(pauses).isEmpty();

    pass(1);
    assertThat(pauses).containsExactly(Duration.ofMillis(600).toNanos());
    pass(2);
    assertThat(pauses).hasSize(1);
    pass(1);
    assertThat(pauses).hasSize(2);
  }

  @Test
  void those_of_an_earlier_second_are_forgotten() throws InterruptedException {
    pass(3);
    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    pass(3);

    assertThat(pauses).isEmpty();
  }
}
