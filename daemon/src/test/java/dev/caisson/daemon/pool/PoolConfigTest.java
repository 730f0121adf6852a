package dev.caisson.daemon.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PoolConfigTest {

  @Test
  void theDefaultsSuitOneMachine() {
    assertThat(PoolConfig.DEFAULT)
        .isEqualTo(
            new PoolConfig(
                64,
                2,
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                Duration.ofSeconds(2),
                Duration.ofMillis(200),
                Duration.ofSeconds(10),
                Duration.ofMillis(50)));
  }

  @Test
  void aPoolWithoutRoomIsRefused() {
    assertThatThrownBy(() -> config(0, 1, Duration.ofSeconds(1)))
        .hasMessage("maximumLive must be at least 1, got 0");
  }

  @Test
  void aPoolThatNeverCreatesIsRefused() {
    assertThatThrownBy(() -> config(1, 0, Duration.ofSeconds(1)))
        .hasMessage("creationsAtOnce must be at least 1, got 0");
  }

  @Test
  void aTimeThatIsNoneIsRefused() {
    assertThatThrownBy(() -> config(1, 1, Duration.ZERO))
        .hasMessage("creationTimeout must be positive, got PT0S");
  }

  private static PoolConfig config(int maximumLive, int creationsAtOnce, Duration times) {
    return new PoolConfig(
        maximumLive, creationsAtOnce, times, times, times, times, times, times, Duration.ZERO);
  }
}
