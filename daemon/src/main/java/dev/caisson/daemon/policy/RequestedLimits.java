package dev.caisson.daemon.policy;

import java.time.Duration;
import java.util.Optional;

/**
 * The limits that a run asks for; what is absent stays as the policy says. Counts are the unsigned
 * values of the request: what is negative here was enormous there.
 */
public record RequestedLimits(
    Optional<Duration> wallTime,
    Optional<Duration> cpuTime,
    Optional<Long> outputBytes,
    Optional<Long> toolCalls,
    Optional<Long> toolCallsInFlight,
    OfOneCall ofOneCall) {

  /** Limits of each single tool call. */
  public record OfOneCall(
      Optional<Long> argumentBytes, Optional<Long> resultBytes, Optional<Duration> timeout) {

    public static final OfOneCall NONE =
        new OfOneCall(Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Asks for nothing about single calls. */
  public RequestedLimits(
      Optional<Duration> wallTime,
      Optional<Duration> cpuTime,
      Optional<Long> outputBytes,
      Optional<Long> toolCalls,
      Optional<Long> toolCallsInFlight) {
    this(wallTime, cpuTime, outputBytes, toolCalls, toolCallsInFlight, OfOneCall.NONE);
  }

  /** Asks for nothing. */
  public static final RequestedLimits NONE =
      new RequestedLimits(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
