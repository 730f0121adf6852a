package dev.caisson.daemon.session;

import dev.caisson.daemon.model.RunUsage;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.runtime.SandboxUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A session as it is at one moment.
 *
 * @param policy the name of its policy
 * @param activity what it does, and since when
 * @param timeLeft until it ends whatever happens
 * @param runs that have ended
 * @param restarts how often its interpreter was replaced
 * @param sandboxUsage of its sandbox since that was created
 * @param usage of the runs that have ended, together
 * @param responsive whether its sandbox answered just now; code that runs does not keep it from
 *     that
 */
public record SessionState(
    SessionId id,
    SessionSpec spec,
    String policy,
    Instant created,
    Activity activity,
    Duration timeLeft,
    int runs,
    int restarts,
    SandboxUsage sandboxUsage,
    RunUsage usage,
    boolean responsive) {

  /** What a session does. */
  public sealed interface Activity {

    /** It waits for a run. */
    record Idle(Duration since, SandboxId sandbox) implements Activity {}

    /** A run is in progress. */
    record Busy(Duration since, SandboxId sandbox) implements Activity {}

    /** Its sandbox is gone, and runs are refused until it is reset. */
    record Lost(String why) implements Activity {}
  }

  /** The sandbox it has, if it has one. */
  public Optional<SandboxId> sandbox() {
    return switch (activity) {
      case Activity.Idle(Duration since, SandboxId sandbox) -> Optional.of(sandbox);
      case Activity.Busy(Duration since, SandboxId sandbox) -> Optional.of(sandbox);
      case Activity.Lost lost -> Optional.empty();
    };
  }
}
