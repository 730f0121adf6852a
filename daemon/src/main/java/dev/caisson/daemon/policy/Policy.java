package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.policy.LimitDecision.Granted;
import dev.caisson.daemon.policy.LimitDecision.Refused;
import dev.caisson.daemon.settings.Setting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one kind of run may do, as its file says. Immutable; a changed file gives a new one.
 *
 * @param name the file's name without ".yaml"
 * @param shape what the sandbox is made of; equal shapes share a pool
 * @param wallTime time.wall: from acceptance to the end of the program
 * @param cpuTime time.cpu: CPU time that the run may take of all cores together
 * @param outputBytes output.bytes: delivered output, both streams together
 * @param tools how much the run may ask of tools
 * @param grants which tools the run may call
 * @param network what the run may reach, and how much
 * @param code what is refused in a program before it runs
 * @param warm pool.warm: sandboxes of this shape that wait for runs
 * @param origin where all this is written
 */
public record Policy(
    String name,
    SandboxShape shape,
    Duration wallTime,
    Duration cpuTime,
    ByteSize outputBytes,
    ToolLimits tools,
    ToolGrants grants,
    NetworkPolicy network,
    CodeRules code,
    int warm,
    PolicyOrigin origin) {

  /**
   * Limits of tool calls.
   *
   * @param calls calls of one run in all; 0 allows none
   * @param inFlight calls waiting for an answer at once
   * @param argumentBytes arguments of one call as JSON
   * @param resultBytes answer to one call as JSON
   * @param callTimeout how long one call may wait for its answer
   */
  public record ToolLimits(
      int calls, int inFlight, ByteSize argumentBytes, ByteSize resultBytes, Duration callTimeout) {

    public ToolLimits {
      if (calls < 0 || inFlight < 1 || !callTimeout.isPositive()) {
        throw new IllegalArgumentException(
            "calls must not be negative, inFlight and callTimeout must be positive");
      }
    }
  }

  public Policy {
    if (name.isBlank() || !wallTime.isPositive() || !cpuTime.isPositive() || warm < 0) {
      throw new IllegalArgumentException(
          "a policy has a name, positive times and no negative pool, got '" + name + "'");
    }
  }

  /** Every key that a file may hold, in the order of the documentation. */
  public static List<String> keys() {
    return PolicyKeys.ALL.stream().map(Setting::key).toList();
  }

  /** The same rules for sandboxes of another shape. */
  public Policy in(SandboxShape other) {
    return new Policy(
        name, other, wallTime, cpuTime, outputBytes, tools, grants, network, code, warm, origin);
  }

  /** The limits of a run that asks for none of its own. */
  public EffectiveLimits limits() {
    return new EffectiveLimits(
        wallTime,
        cpuTime,
        outputBytes,
        tools.calls(),
        tools.inFlight(),
        tools.argumentBytes(),
        tools.resultBytes(),
        tools.callTimeout());
  }

  /**
   * Decides about the limits that a run asks for. They may only be tighter than the policy's: a
   * wider one is refused, not cut, because a program that counts on 60 s is not served by 30.
   */
  public LimitDecision tighten(RequestedLimits requested) {
    List<Refused.Excess> excesses = new ArrayList<>();
    Duration wall =
        tighter(requested.wallTime(), wallTime, "limits.wall_time", "time.wall", excesses);
    Duration cpu = tighter(requested.cpuTime(), cpuTime, "limits.cpu_time", "time.cpu", excesses);
    long output =
        unsigned(
            requested.outputBytes().orElse(outputBytes.bytes()),
            0,
            outputBytes.bytes(),
            "limits.output_bytes",
            "output.bytes",
            excesses);
    long calls =
        unsigned(
            requested.toolCalls().orElse((long) tools.calls()),
            0,
            tools.calls(),
            "limits.tool_calls",
            "tools.calls",
            excesses);
    long inFlight =
        unsigned(
            requested.toolCallsInFlight().orElse((long) tools.inFlight()),
            1,
            tools.inFlight(),
            "limits.tool_calls_in_flight",
            "tools.in_flight",
            excesses);
    RequestedLimits.OfOneCall call = requested.ofOneCall();
    long arguments =
        unsigned(
            call.argumentBytes().orElse(tools.argumentBytes().bytes()),
            2,
            tools.argumentBytes().bytes(),
            "limits.tool_argument_bytes",
            "tools.argument_bytes",
            excesses);
    long result =
        unsigned(
            call.resultBytes().orElse(tools.resultBytes().bytes()),
            2,
            tools.resultBytes().bytes(),
            "limits.tool_result_bytes",
            "tools.result_bytes",
            excesses);
    Duration patience =
        tighter(
            call.timeout(),
            tools.callTimeout(),
            "limits.tool_call_timeout",
            "tools.call_timeout",
            excesses);
    if (!excesses.isEmpty()) {
      return new Refused(name, excesses);
    }
    return new Granted(
        new EffectiveLimits(
            wall,
            cpu,
            new ByteSize(output),
            Math.toIntExact(calls),
            Math.toIntExact(inFlight),
            new ByteSize(arguments),
            new ByteSize(result),
            patience));
  }

  private static Duration tighter(
      Optional<Duration> asked,
      Duration most,
      String field,
      String key,
      List<Refused.Excess> excesses) {
    Duration value = asked.orElse(most);
    if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(most) > 0) {
      excesses.add(
          new Refused.Excess(
              field, shown(value), "1ms to " + DurationText.of(most) + " (" + key + ")"));
    }
    return value;
  }

  /** Request durations are seconds in 64 bits: too many to count in milliseconds. */
  private static String shown(Duration time) {
    return Math.abs(time.toSeconds()) > 1_000_000_000L
        ? time.toSeconds() + "s"
        : DurationText.of(time);
  }

  private static long unsigned(
      long value, long least, long most, String field, String key, List<Refused.Excess> excesses) {
    if (Long.compareUnsigned(value, least) < 0 || Long.compareUnsigned(value, most) > 0) {
      excesses.add(
          new Refused.Excess(
              field, Long.toUnsignedString(value), least + " to " + most + " (" + key + ")"));
    }
    return value;
  }
}
