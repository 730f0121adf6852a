package dev.caisson.daemon.model;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Limits that a caller asks for. They may only tighten the policy's; empty keeps the policy's. */
public record RequestedLimits(
    Optional<Duration> wallTime,
    OptionalLong outputBytes,
    OptionalInt toolCalls,
    OptionalInt toolCallsInFlight) {

  public static final RequestedLimits NONE =
      new RequestedLimits(
          Optional.empty(), OptionalLong.empty(), OptionalInt.empty(), OptionalInt.empty());
}
