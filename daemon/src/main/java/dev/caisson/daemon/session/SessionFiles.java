package dev.caisson.daemon.session;

import dev.caisson.daemon.channel.AgentFiles;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.SessionId;
import java.util.concurrent.atomic.AtomicBoolean;

/** The files of a session for one request. Closing it ends the use of the session. */
public final class SessionFiles implements AutoCloseable {

  /** Requests of one session: fewer than a sandbox takes, so that its runs find room for theirs. */
  static final int AT_ONCE = 6;

  private final SessionId id;
  private final AgentFiles files;
  private final Runnable closed;
  private final AtomicBoolean open = new AtomicBoolean(true);

  SessionFiles(SessionId id, AgentFiles files, Runnable closed) {
    this.id = id;
    this.files = files;
    this.closed = closed;
  }

  public AgentFiles files() {
    return files;
  }

  /** The same failure as whoever uses a session knows it: its sandbox is not theirs to know. */
  public SandboxException translate(SandboxException failure) {
    return switch (failure.code()) {
      case CHANNEL_VIOLATION, CHANNEL_CLOSED ->
          new SandboxException(
              ErrorCode.FAILED_PRECONDITION,
              "session %s has lost its sandbox meanwhile: %s; reset it to start again, or end it"
                  .formatted(id, failure.getMessage()),
              failure);
      default -> failure;
    };
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      closed.run();
    }
  }
}
