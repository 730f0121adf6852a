package dev.caisson.daemon.session;

import dev.caisson.daemon.channel.AgentFiles;
import dev.caisson.daemon.error.SandboxException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/** The files of a session for one request. Closing it ends the use of the session. */
public final class SessionFiles implements AutoCloseable {

  /** Requests of one session: fewer than a sandbox takes, so that its runs find room for theirs. */
  static final int AT_ONCE = 6;

  private final AgentFiles files;
  private final UnaryOperator<SandboxException> lost;
  private final Runnable closed;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /**
   * @param lost says what the end of the channel means to the session
   */
  SessionFiles(AgentFiles files, UnaryOperator<SandboxException> lost, Runnable closed) {
    this.files = files;
    this.lost = lost;
    this.closed = closed;
  }

  public AgentFiles files() {
    return files;
  }

  /** The same failure as whoever uses a session knows it: its sandbox is not theirs to know. */
  public SandboxException translate(SandboxException failure) {
    return switch (failure.code()) {
      case CHANNEL_VIOLATION, CHANNEL_CLOSED -> lost.apply(failure);
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
