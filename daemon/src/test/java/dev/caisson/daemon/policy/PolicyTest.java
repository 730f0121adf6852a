package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import java.lang.reflect.RecordComponent;
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
                new DisplayLimits(100, ByteSize.ofMebibytes(16)),
                10_000,
                64,
                ByteSize.ofMebibytes(1),
                ByteSize.ofMebibytes(8),
                Duration.ofSeconds(60),
                new NetworkLimits(
                    16,
                    1_000,
                    ByteSize.ofMebibytes(256),
                    ByteSize.ofMebibytes(32),
                    Duration.ofSeconds(60))));
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
  void theLimitsOfOneCallMayBeTighterAndNeverWider() {
    EffectiveLimits limits = policy.tighten(ofOneCall(2L, 3L, Duration.ofMillis(1))).orThrow();

    assertThat(limits.argumentBytes()).isEqualTo(new ByteSize(2));
    assertThat(limits.resultBytes()).isEqualTo(new ByteSize(3));
    assertThat(limits.callTimeout()).isEqualTo(Duration.ofMillis(1));
    assertThat(policy.tighten(ofOneCall(1L << 20, 8L << 20, Duration.ofSeconds(60))).orThrow())
        .isEqualTo(policy.limits());
    assertThatThrownBy(() ->
            policy
                .tighten(ofOneCall((1L << 20) + 1, (8L << 20) + 1, Duration.ofMillis(60_001)))
                .orThrow())
        .hasMessage(
            "the run's limits are outside policy 'default':"
                + " limits.tool_argument_bytes is 1048577; allowed is 2 to 1048576"
                + " (tools.argument_bytes);"
                + " limits.tool_result_bytes is 8388609; allowed is 2 to 8388608"
                + " (tools.result_bytes);"
                + " limits.tool_call_timeout is 60001ms; allowed is 1ms to 1m"
                + " (tools.call_timeout)");
    assertThatThrownBy(() -> policy.tighten(ofOneCall(1L, 1L, Duration.ZERO)).orThrow())
        .hasMessageContaining("limits.tool_argument_bytes is 1;")
        .hasMessageContaining("limits.tool_result_bytes is 1;")
        .hasMessageContaining("limits.tool_call_timeout is 0s;");
  }

  @Test
  void everyLimitOfARunCanBeMadeTighter() {
    EffectiveLimits tightest =
        policy
            .tighten(
                new RequestedLimits(
                    Optional.of(Duration.ofMillis(1)),
                    Optional.of(Duration.ofMillis(1)),
                    Optional.of(0L),
                    Optional.of(0L),
                    Optional.of(1L),
                    displays(0L, 0L),
                    ofOneCall(2L, 2L, Duration.ofMillis(1)).ofOneCall(),
                    network(1L, 0L, 0L, 1_024L, Duration.ofMillis(1))))
            .orThrow();

    for (RecordComponent limit : EffectiveLimits.class.getRecordComponents()) {
      assertThat(tightest)
          .as(limit.getName())
          .extracting(limit.getName())
          .isNotEqualTo(value(limit, policy.limits()));
    }
  }

  @Test
  void theLimitsOfTheNetworkMayBeTighterAndNeverWider() {
    assertThat(tighten(network(1L, 0L, 0L, 1_024L, Duration.ofMillis(1))).orThrow().network())
        .isEqualTo(
            new NetworkLimits(
                1, 0, new ByteSize(0), ByteSize.ofKibibytes(1), Duration.ofMillis(1)));
    assertThat(tighten(network(16L, 1_000L, 256L << 20, 32L << 20, Duration.ofSeconds(60))))
        .isEqualTo(new LimitDecision.Granted(policy.limits()));
    assertThatThrownBy(() ->
            tighten(
                    network(
                        17L, 1_001L, (256L << 20) + 1, (32L << 20) + 1, Duration.ofMillis(60_001)))
                .orThrow())
        .hasMessage(
            "the run's limits are outside policy 'default':"
                + " limits.network_connections is 17; allowed is 1 to 16 (network.connections);"
                + " limits.network_connections_total is 1001; allowed is 0 to 1000"
                + " (network.connections_total);"
                + " limits.network_bytes is 268435457; allowed is 0 to 268435456 (network.bytes);"
                + " limits.network_rate is 33554433; allowed is 1024 to 33554432 (network.rate);"
                + " limits.network_idle_timeout is 60001ms; allowed is 1ms to 1m"
                + " (network.idle_timeout)");
    assertThatThrownBy(() -> tighten(network(0L, -1L, -1L, 1_023L, Duration.ZERO)).orThrow())
        .hasMessageContaining("limits.network_connections is 0;")
        .hasMessageContaining("limits.network_connections_total is 18446744073709551615;")
        .hasMessageContaining("limits.network_bytes is 18446744073709551615;")
        .hasMessageContaining("limits.network_rate is 1023;")
        .hasMessageContaining("limits.network_idle_timeout is 0s;");
  }

  @Test
  void theLimitsOfDisplaysMayBeTighterAndNeverWider() {
    assertThat(policy.tighten(RequestedLimits.NONE.with(displays(7L, 9L))).orThrow().displays())
        .isEqualTo(new DisplayLimits(7, new ByteSize(9)));
    assertThatThrownBy(() ->
            policy.tighten(RequestedLimits.NONE.with(displays(101L, (16L << 20) + 1))).orThrow())
        .hasMessage(
            "the run's limits are outside policy 'default':"
                + " limits.displays is 101; allowed is 0 to 100 (output.displays);"
                + " limits.display_bytes is 16777217; allowed is 0 to 16777216"
                + " (output.display_bytes)");
  }

  private static RequestedLimits.OfDisplays displays(Long count, Long bytes) {
    return new RequestedLimits.OfDisplays(Optional.of(count), Optional.of(bytes));
  }

  private LimitDecision tighten(RequestedLimits.OfNetwork network) {
    return policy.tighten(RequestedLimits.NONE.with(network));
  }

  private static RequestedLimits.OfNetwork network(
      Long connections, Long inAll, Long bytes, Long rate, Duration idle) {
    return new RequestedLimits.OfNetwork(
        Optional.of(connections),
        Optional.of(inAll),
        Optional.of(bytes),
        Optional.of(rate),
        Optional.of(idle));
  }

  private static Object value(RecordComponent component, EffectiveLimits limits) {
    try {
      return component.getAccessor().invoke(limits);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static RequestedLimits ofOneCall(Long arguments, Long result, Duration timeout) {
    return new RequestedLimits(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        RequestedLimits.OfDisplays.NONE,
        new RequestedLimits.OfOneCall(
            Optional.of(arguments), Optional.of(result), Optional.of(timeout)),
        RequestedLimits.OfNetwork.NONE);
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
