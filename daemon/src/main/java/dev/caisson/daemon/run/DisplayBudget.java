package dev.caisson.daemon.run;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.policy.DisplayLimits;
import java.util.Optional;

/**
 * Counts what a run shows against its limits: a display that passes one is dropped and counted, and
 * far over ends the run. What is admitted bounds what the daemon holds of a run for a caller that
 * does not read. One caller at a time: the channel's reader.
 */
final class DisplayBudget {

  /** How many times its limit a program may show before it is stopped. */
  static final int PATIENCE = 10;

  /** What it may show in any case: a program that plots under a limit of none goes on. */
  static final int SOME = 1_000;

  static final ByteSize SOME_BYTES = ByteSize.ofMebibytes(64);

  private final DisplayLimits limits;
  private long shown;
  private long shownBytes;
  private long admitted;
  private long admittedBytes;

  DisplayBudget(DisplayLimits limits) {
    this.limits = limits;
  }

  /** Takes a display and says whether it may be delivered. A later, smaller one may be again. */
  boolean admit(long bytes) {
    shown++;
    shownBytes += bytes;
    if (admitted >= limits.count() || bytes > limits.bytes().bytes() - admittedBytes) {
      return false;
    }
    admitted++;
    admittedBytes += bytes;
    return true;
  }

  /** The end of a run that has shown too much. */
  Optional<RunOutcome> exhausted() {
    long most = SOME + (long) PATIENCE * limits.count();
    ByteSize mostBytes = new ByteSize(SOME_BYTES.bytes() + PATIENCE * limits.bytes().bytes());
    if (shown > most) {
      return Optional.of(
          new RunOutcome.LimitExceeded(
              "output.displays",
              "the program made more than %d displays; its limit is %d (output.displays)"
                  .formatted(most, limits.count())));
    }
    if (shownBytes > mostBytes.bytes()) {
      return Optional.of(
          new RunOutcome.LimitExceeded(
              "output.display_bytes",
              "the program showed more than %s; its limit is %s (output.display_bytes)"
                  .formatted(mostBytes, limits.bytes())));
    }
    return Optional.empty();
  }

  long dropped() {
    return shown - admitted;
  }
}
