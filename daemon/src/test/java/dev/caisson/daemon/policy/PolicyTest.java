package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PolicyTest {

  private final Policy policy = PolicyStore.shipped().find("default");

  @Test
  void aRunThatAsksForNothingGetsThePolicysLimits() {
    assertThat(policy.tighten(RequestedLimits.NONE).orThrow()).isEqualTo(policy.limits());
    assertThat(policy.limits())
        .isEqualTo(
            new EffectiveLimits(
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                ByteSize.ofMebibytes(1),
                10_000,
                64,
                ByteSize.ofMebibytes(1),
                ByteSize.ofMebibytes(8),
                Duration.ofSeconds(60)));
  }

  @Test
  void aRunMayMakeEachLimitTighter() {
    EffectiveLimits limits = policy.tighten(request(Duration.ofMillis(1), 0L, 0L, 1L)).orThrow();

    assertThat(limits.wall()).isEqualTo(Duration.ofMillis(1));
    assertThat(limits.cpu()).isEqualTo(Duration.ofMillis(1));
    assertThat(limits.outputBytes()).isEqualTo(new ByteSize(0));
    assertThat(limits.toolCalls()).isZero();
    assertThat(limits.toolCallsInFlight()).isEqualTo(1);
  }

  @Test
  void widerLimitsAreRefusedAndAllOfThemNamed() {
    assertThatThrownBy(() ->
            policy.tighten(request(Duration.ofSeconds(31), 1_048_577L, 10_001L, 65L)).orThrow())
        .isInstanceOfSatisfying(
            SandboxException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessage(
            "the run's limits are outside policy 'default':"
                + " limits.wall_time is 31s; allowed is 1ms to 30s (time.wall);"
                + " limits.cpu_time is 31s; allowed is 1ms to 30s (time.cpu);"
                + " limits.output_bytes is 1048577; allowed is 0 to 1048576 (output.bytes);"
                + " limits.tool_calls is 10001; allowed is 0 to 10000 (tools.calls);"
                + " limits.tool_calls_in_flight is 65; allowed is 1 to 64 (tools.in_flight)");
  }

  @Test
  void zeroNegativeAndEnormousAreRefused() {
    assertThat(policy.tighten(request(Duration.ZERO, 0L, 0L, 1L)))
        .isInstanceOf(LimitDecision.Refused.class);
    assertThat(policy.tighten(request(Duration.ofSeconds(-1), 0L, 0L, 1L)))
        .isInstanceOf(LimitDecision.Refused.class);
    assertThat(policy.tighten(request(Duration.ofSeconds(1), 0L, 0L, 0L)))
        .isInstanceOf(LimitDecision.Refused.class);
    assertThatThrownBy(() -> policy.tighten(request(Duration.ofSeconds(1), -1L, 0L, 1L)).orThrow())
        .hasMessageContaining("limits.output_bytes is 18446744073709551615;");
  }

  @Test
  void aWallTimeTooLongToCountIsRefusedNotThrown() {
    assertThat(policy.tighten(request(Duration.ofSeconds(Long.MAX_VALUE), 0L, 0L, 1L)))
        .isInstanceOf(LimitDecision.Refused.class);
  }

  private static RequestedLimits request(Duration wall, Long output, Long calls, Long inFlight) {
    return new RequestedLimits(
        Optional.of(wall),
        Optional.of(wall),
        Optional.of(output),
        Optional.of(calls),
        Optional.of(inFlight));
  }
}
