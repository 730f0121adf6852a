package dev.caisson.mcp.relay;

import dev.caisson.mcp.text.Shown;
import java.time.Duration;

/**
 * A session as it is at one moment.
 *
 * @param name may be empty, and need not be unique
 * @param since how long it has been idle or busy; zero when it has lost its sandbox
 * @param lost why it has lost its sandbox; empty when it has not
 * @param responsive whether its sandbox answers
 * @param runs that have ended
 * @param restarts how often its interpreter was replaced
 * @param memoryBytes held now; 0 when it could not be read
 * @param timeLeft until it ends whatever happens
 */
public record SessionState(
    String id,
    String name,
    String description,
    String policy,
    Activity activity,
    Duration since,
    String lost,
    boolean responsive,
    long runs,
    long restarts,
    long memoryBytes,
    Duration idleTimeout,
    Duration timeLeft) {

  /** What it does. */
  public enum Activity {
    /** Waits for a run. */
    IDLE,
    /** A run is in progress. */
    BUSY,
    /** Its sandbox is gone: it takes no run until it is reset. */
    LOST,
    /** The daemon is newer than this frontend. */
    UNKNOWN
  }

  /** How people call it, on one line whatever its name is. */
  public String shown() {
    return name.isEmpty() ? id : "'" + Shown.name(name) + "' (" + id + ")";
  }
}
