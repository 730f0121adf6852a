package dev.caisson.daemon.model;

import java.time.Duration;
import java.util.Optional;

/** What a run took, by the daemon's clock and counters and the cgroup. */
public record RunUsage(
    Duration wallTime,
    Optional<Duration> cpuTime,
    ByteSize memoryPeak,
    long outputBytes,
    long outputBytesDropped,
    long displaysDropped,
    int toolCalls,
    int lateAnswers) {

  public static final RunUsage NOTHING =
      new RunUsage(Duration.ZERO, Optional.empty(), new ByteSize(0), 0, 0, 0, 0, 0);

  /** Both together; of memory the higher. */
  public RunUsage and(RunUsage other) {
    return new RunUsage(
        wallTime.plus(other.wallTime),
        cpuTime.map(time -> time.plus(other.cpuTime.orElse(Duration.ZERO))).or(other::cpuTime),
        new ByteSize(Math.max(memoryPeak.bytes(), other.memoryPeak.bytes())),
        outputBytes + other.outputBytes,
        outputBytesDropped + other.outputBytesDropped,
        displaysDropped + other.displaysDropped,
        Math.addExact(toolCalls, other.toolCalls),
        Math.addExact(lateAnswers, other.lateAnswers));
  }
}
