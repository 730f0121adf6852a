package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.CpuMillis;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuBandwidthTest {

  @ParameterizedTest
  @CsvSource({"1000, 10000, 10000", "250, 2500, 10000", "8000, 80000, 10000", "100, 1000, 10000"})
  void aShareIsSoMuchOfAHundredthOfASecond(int share, long quota, long period) {
    assertThat(CpuBandwidth.of(new CpuMillis(share))).isEqualTo(new CpuBandwidth(quota, period));
  }

  @ParameterizedTest
  @CsvSource({"99, 1000, 10102", "33, 1000, 30304", "10, 1000, 100000"})
  void aSmallShareHasALongerPeriodBecauseTheKernelTakesNoShorterTime(
      int share, long quota, long period) {
    assertThat(CpuBandwidth.of(new CpuMillis(share))).isEqualTo(new CpuBandwidth(quota, period));
  }

  /** sched-bwc: a quota of at least 1 ms, a period of at most 1 s. */
  @Test
  void everyShareIsOneThatTheKernelTakes() {
    assertThat(IntStream.rangeClosed(10, 100_000).mapToObj(CpuMillis::new).map(CpuBandwidth::of))
        .allMatch(
            bandwidth -> bandwidth.quotaMicros() >= 1_000 && bandwidth.periodMicros() <= 1_000_000);
  }
}
