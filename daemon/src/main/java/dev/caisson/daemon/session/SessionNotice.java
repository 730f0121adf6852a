package dev.caisson.daemon.session;

import dev.caisson.daemon.model.SessionId;
import java.time.Duration;

/**
 * News of a session that nobody asked for: what its user would otherwise find out with the next
 * run.
 *
 * @param name the session's, for people
 */
public record SessionNotice(SessionId id, String name, News news) {

  /** What happened, or is about to. */
  public sealed interface News {

    /**
     * It ends by itself unless something is done.
     *
     * @param left until then
     */
    record Ending(String why, Duration left) implements News {}

    /** It is over. */
    record Ended(String why) implements News {}

    /** Its names are gone; a fresh interpreter is there. */
    record InterpreterLost(String why) implements News {}

    /** Its sandbox is gone; it starts again when it is reset. */
    record SandboxLost(String why) implements News {}
  }
}
