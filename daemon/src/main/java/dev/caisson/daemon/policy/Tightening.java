package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.policy.LimitDecision.Granted;
import dev.caisson.daemon.policy.LimitDecision.Refused;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One decision about the limits that a run asks for: each may be at most the policy's, and all that
 * are wider are told at once. For one thread and one decision.
 */
final class Tightening {

  private final Policy policy;
  private final List<Refused.Excess> excesses = new ArrayList<>();

  Tightening(Policy policy) {
    this.policy = policy;
  }

  LimitDecision decide(RequestedLimits requested) {
    EffectiveLimits limits = limits(requested);
    return excesses.isEmpty() ? new Granted(limits) : new Refused(policy.name(), excesses);
  }

  private EffectiveLimits limits(RequestedLimits requested) {
    Policy.ToolLimits tools = policy.tools();
    RequestedLimits.OfOneCall call = requested.ofOneCall();
    return new EffectiveLimits(
        time(requested.wallTime(), policy.wallTime(), "wall_time", "time.wall"),
        time(requested.cpuTime(), policy.cpuTime(), "cpu_time", "time.cpu"),
        size(requested.outputBytes(), 0, policy.outputBytes(), "output_bytes", "output.bytes"),
        displays(requested.ofDisplays(), policy.displays()),
        count(requested.toolCalls(), 0, tools.calls(), "tool_calls", "tools.calls"),
        count(
            requested.toolCallsInFlight(),
            1,
            tools.inFlight(),
            "tool_calls_in_flight",
            "tools.in_flight"),
        size(
            call.argumentBytes(),
            2,
            tools.argumentBytes(),
            "tool_argument_bytes",
            "tools.argument_bytes"),
        size(call.resultBytes(), 2, tools.resultBytes(), "tool_result_bytes", "tools.result_bytes"),
        time(call.timeout(), tools.callTimeout(), "tool_call_timeout", "tools.call_timeout"),
        network(requested.ofNetwork(), policy.network().limits()));
  }

  private DisplayLimits displays(RequestedLimits.OfDisplays asked, DisplayLimits most) {
    return new DisplayLimits(
        count(asked.count(), 0, most.count(), "displays", "output.displays"),
        size(asked.bytes(), 0, most.bytes(), "display_bytes", "output.display_bytes"));
  }

  private NetworkLimits network(RequestedLimits.OfNetwork asked, NetworkLimits most) {
    return new NetworkLimits(
        count(
            asked.connections(),
            1,
            most.connections(),
            "network_connections",
            "network.connections"),
        count(
            asked.connectionsInAll(),
            0,
            most.connectionsInAll(),
            "network_connections_total",
            "network.connections_total"),
        size(asked.bytes(), 0, most.bytes(), "network_bytes", "network.bytes"),
        size(asked.rate(), NetworkLimits.SLOWEST, most.rate(), "network_rate", "network.rate"),
        time(
            asked.idleTimeout(),
            most.idleTimeout(),
            "network_idle_timeout",
            "network.idle_timeout"));
  }

  /** The time asked for; the policy's when none is, or one that is refused. */
  private Duration time(Optional<Duration> asked, Duration most, String field, String key) {
    Duration value = asked.orElse(most);
    if (value.compareTo(Duration.ofMillis(1)) >= 0 && value.compareTo(most) <= 0) {
      return value;
    }
    excesses.add(
        new Refused.Excess(
            "limits." + field, shown(value), "1ms to " + DurationText.of(most) + " (" + key + ")"));
    return most;
  }

  private ByteSize size(Optional<Long> asked, long least, ByteSize most, String field, String key) {
    return new ByteSize(unsigned(asked, least, most.bytes(), field, key));
  }

  private int count(Optional<Long> asked, long least, int most, String field, String key) {
    return Math.toIntExact(unsigned(asked, least, most, field, key));
  }

  /** Compared as the unsigned number that stood in the request. */
  private long unsigned(Optional<Long> asked, long least, long most, String field, String key) {
    long value = asked.orElse(most);
    if (Long.compareUnsigned(value, least) >= 0 && Long.compareUnsigned(value, most) <= 0) {
      return value;
    }
    excesses.add(
        new Refused.Excess(
            "limits." + field,
            Long.toUnsignedString(value),
            least + " to " + most + " (" + key + ")"));
    return most;
  }

  /** Request durations are seconds in 64 bits: too many to count in milliseconds. */
  private static String shown(Duration time) {
    return Math.abs(time.toSeconds()) > 1_000_000_000L
        ? time.toSeconds() + "s"
        : DurationText.of(time);
  }
}
