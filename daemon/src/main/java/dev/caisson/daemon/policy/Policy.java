package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.settings.Setting;
import java.time.Duration;
import java.util.List;

/**
 * What one kind of run may do, as its file says. Immutable; a changed file gives a new one.
 *
 * @param name the file's name without ".yaml"
 * @param shape what the sandbox is made of; equal shapes share a pool
 * @param wallTime time.wall: from acceptance to the end of the program
 * @param cpuTime time.cpu: CPU time that the run may take of all cores together
 * @param outputBytes output.bytes: delivered output, both streams together
 * @param displays output.displays and output.display_bytes: what is shown beside the output
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
    DisplayLimits displays,
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
        name,
        other,
        wallTime,
        cpuTime,
        outputBytes,
        displays,
        tools,
        grants,
        network,
        code,
        warm,
        origin);
  }

  /** The limits of a run that asks for none of its own. */
  public EffectiveLimits limits() {
    return new EffectiveLimits(
        wallTime,
        cpuTime,
        outputBytes,
        displays,
        tools.calls(),
        tools.inFlight(),
        tools.argumentBytes(),
        tools.resultBytes(),
        tools.callTimeout(),
        network.limits());
  }

  /**
   * Decides about the limits that a run asks for. They may only be tighter than the policy's: a
   * wider one is refused, not cut, because a program that counts on 60 s is not served by 30.
   */
  public LimitDecision tighten(RequestedLimits requested) {
    return new Tightening(this).decide(requested);
  }
}
