package dev.caisson.daemon.runtime;

import dev.caisson.daemon.model.ByteSize;
import java.time.Duration;

/**
 * What a sandbox has taken since it was started, sentry included.
 *
 * @param memoryNow what it holds at this moment, files in memory included
 * @param memoryKills how often the kernel has killed a process of it at its memory limit. Above
 *     zero in a sandbox that lives: the kernel took one process of the user's code, often the
 *     worker, and spared the rest, so a worker that "was killed by signal 9" ran out of memory
 */
public record SandboxUsage(
    Duration cpuTime, ByteSize memoryNow, ByteSize memoryPeak, long memoryKills) {

  public static final SandboxUsage UNKNOWN =
      new SandboxUsage(Duration.ZERO, new ByteSize(0), new ByteSize(0), 0);
}
