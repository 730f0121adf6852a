package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.channel.Lane;
import dev.caisson.daemon.model.ManualTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputPaceTest {

  private static final int SOME = 4 << 10;
  private static final int MUCH = 128 << 10;

  private record Task(Runnable task, Duration delay) {}

  private final ManualTicker ticker = new ManualTicker();
  private final Map<Lane, Integer> room = new EnumMap<>(Lane.class);
  private final List<Task> tasks = new ArrayList<>();
  private final OutputPace pace =
      new OutputPace(
          (lane, bytes) -> room.merge(lane, bytes, Integer::sum),
          (task, wait) -> tasks.add(new Task(task, wait)),
          ticker);

  private int back() {
    return room.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Writes without a break for this long, and says how many bytes found room. */
  private long written(Duration time, Runnable piece) {
    long end = ticker.nanos() + time.toNanos();
    while (ticker.nanos() < end) {
      piece.run();
      while (!tasks.isEmpty()) {
        Task next = tasks.removeFirst();
        ticker.advance(next.delay());
        next.task().run();
      }
    }
    return back();
  }

  @Test
  void whatIsLittleIsGivenBackAtOnce() {
    pace.delivered(Lane.WORKER_OUTPUT, SOME);
    pace.delivered(Lane.SUPERVISOR_OUTPUT, SOME);

    assertThat(room).isEqualTo(Map.of(Lane.WORKER_OUTPUT, SOME, Lane.SUPERVISOR_OUTPUT, SOME));
    assertThat(tasks).isEmpty();
  }

  @Test
  void whatIsMuchIsGivenBackAtThePace() {
    long bytes = written(Duration.ofSeconds(2), () -> pace.delivered(Lane.WORKER_OUTPUT, 64 << 10));

    assertThat(bytes).isBetween((long) (1.9 * OutputPace.DELIVERED), 2 * OutputPace.DELIVERED);
  }

  @Test
  void whatNobodyGetsGoesSlower() {
    long bytes = written(Duration.ofSeconds(2), () -> pace.dropped(Lane.WORKER_OUTPUT, 64 << 10));

    assertThat(bytes).isBetween((long) (1.9 * OutputPace.DROPPED), 2 * OutputPace.DROPPED);
  }

  @Test
  void bothLanesHaveOnePaceTogether() {
    long bytes =
        written(
            Duration.ofSeconds(2),
            () -> {
              pace.delivered(Lane.WORKER_OUTPUT, 64 << 10);
              pace.delivered(Lane.SUPERVISOR_OUTPUT, 64 << 10);
            });

    assertThat(bytes).isBetween((long) (1.9 * OutputPace.DELIVERED), 2 * OutputPace.DELIVERED);
  }

  @Test
  void tinyPiecesCostMoreThanTheirBytes() {
    long bytes = written(Duration.ofSeconds(1), () -> pace.delivered(Lane.WORKER_OUTPUT, 1));

    assertThat(bytes).isBetween(8_000L, 8_300L);
  }

  @Test
  void oneTimerIsEnoughForAllThatWaits() {
    pace.delivered(Lane.WORKER_OUTPUT, MUCH);
    pace.delivered(Lane.WORKER_OUTPUT, MUCH);
    pace.dropped(Lane.SUPERVISOR_OUTPUT, MUCH);
    assertThat(back()).isZero();

    assertThat(tasks).hasSize(1);
    tasks.getFirst().task().run();

    assertThat(room).isEqualTo(Map.of(Lane.WORKER_OUTPUT, 2 * MUCH, Lane.SUPERVISOR_OUTPUT, MUCH));
  }

  @Test
  void silenceSavesUpForAMomentAndNoMore() {
    pace.delivered(Lane.WORKER_OUTPUT, MUCH);
    tasks.removeFirst().task().run();
    ticker.advance(Duration.ofHours(1));

    pace.delivered(Lane.WORKER_OUTPUT, SOME);
    assertThat(tasks).isEmpty();
    pace.delivered(Lane.WORKER_OUTPUT, MUCH);
    assertThat(tasks).hasSize(1);
  }

  @Test
  void whatIsThrownAwayIsGivenBackByAnotherThread() {
    pace.dropped(Lane.WORKER_OUTPUT, 1);

    assertThat(back()).isZero();
    assertThat(tasks).singleElement().extracting(Task::delay).isEqualTo(Duration.ZERO);
  }
}
