package dev.caisson.daemon.api;

import com.google.protobuf.Duration;

/** Durations on the wire. */
final class Durations {

  private Durations() {}

  static Duration toProto(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  /** The duration, cut to what the wire format allows, so that a hostile one cannot overflow. */
  static java.time.Duration fromProto(Duration duration) {
    long seconds = Math.clamp(duration.getSeconds(), -315_576_000_000L, 315_576_000_000L);
    return java.time.Duration.ofSeconds(seconds, duration.getNanos());
  }
}
