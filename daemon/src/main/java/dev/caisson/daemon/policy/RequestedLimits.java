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
    OfDisplays ofDisplays,
    OfOneCall ofOneCall,
    OfNetwork ofNetwork) {

  /** Limits of what is shown. */
  public record OfDisplays(Optional<Long> count, Optional<Long> bytes) {

    public static final OfDisplays NONE = new OfDisplays(Optional.empty(), Optional.empty());
  }

  /** Limits of each single tool call. */
  public record OfOneCall(
      Optional<Long> argumentBytes, Optional<Long> resultBytes, Optional<Duration> timeout) {

    public static final OfOneCall NONE =
        new OfOneCall(Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * Limits of the network.
   *
   * @param rate bytes a second
   */
  public record OfNetwork(
      Optional<Long> connections,
      Optional<Long> connectionsInAll,
      Optional<Long> bytes,
      Optional<Long> rate,
      Optional<Duration> idleTimeout) {

    public static final OfNetwork NONE =
        new OfNetwork(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
  }

  /** Asks for nothing about displays, single calls and the network. */
  public RequestedLimits(
      Optional<Duration> wallTime,
      Optional<Duration> cpuTime,
      Optional<Long> outputBytes,
      Optional<Long> toolCalls,
      Optional<Long> toolCallsInFlight) {
    this(
        wallTime,
        cpuTime,
        outputBytes,
        toolCalls,
        toolCallsInFlight,
        OfDisplays.NONE,
        OfOneCall.NONE,
        OfNetwork.NONE);
  }

  /** The same, and this about the network. */
  public RequestedLimits with(OfNetwork network) {
    return new RequestedLimits(
        wallTime,
        cpuTime,
        outputBytes,
        toolCalls,
        toolCallsInFlight,
        ofDisplays,
        ofOneCall,
        network);
  }

  /** The same, and this about displays. */
  public RequestedLimits with(OfDisplays displays) {
    return new RequestedLimits(
        wallTime,
        cpuTime,
        outputBytes,
        toolCalls,
        toolCallsInFlight,
        displays,
        ofOneCall,
        ofNetwork);
  }

  /** Asks for nothing. */
  public static final RequestedLimits NONE =
      new RequestedLimits(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
