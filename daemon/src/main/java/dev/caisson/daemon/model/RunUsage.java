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
    int lateAnswers) {}
