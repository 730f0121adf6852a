package dev.caisson.mcp.relay;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Port to whatever keeps sessions, the sandboxes that stay from run to run: the daemon, or a fake
 * in tests. All calls block and may come from many threads; an interrupt ends them.
 */
public interface SessionHost {

  /** Makes a session, waiting for a sandbox. */
  SessionState create(NewSession wanted) throws RefusedException, InterruptedException;

  /** All sessions of the caller, those of other connections too, the oldest first. */
  List<SessionState> list() throws RefusedException, InterruptedException;

  /** Gives a session a fresh interpreter; the run in progress is cancelled. */
  SessionState reset(String id, Workspace workspace) throws RefusedException, InterruptedException;

  /** Stops the running code. Gives whether there was any. */
  boolean interrupt(String id) throws RefusedException, InterruptedException;

  /** Ends a session, with its files. */
  void end(String id) throws RefusedException, InterruptedException;

  /** What becomes of the files when a session is reset. */
  enum Workspace {
    KEEP,
    CLEAR
  }

  /**
   * What to make. The empty policy is the daemon's default; a time that is absent is too.
   *
   * @param name for people and for {@code run_code}; may be empty
   */
  record NewSession(
      String name,
      String description,
      String policy,
      Optional<Duration> idleTimeout,
      Optional<Duration> timeToLive) {}
}
