package dev.caisson.daemon.runtime;

import dev.caisson.daemon.model.ByteSize;
import java.time.Duration;

/** What a sandbox has taken since it was started, sentry included. */
public record SandboxUsage(Duration cpuTime, ByteSize memoryPeak) {

  public static final SandboxUsage UNKNOWN = new SandboxUsage(Duration.ZERO, new ByteSize(0));
}
