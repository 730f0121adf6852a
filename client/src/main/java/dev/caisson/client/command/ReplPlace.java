package dev.caisson.client.command;

import com.google.protobuf.Duration;
import dev.caisson.client.CaissonException;
import dev.caisson.client.Sessions;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.Session;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The session behind a prompt: one that was made for it and ends with it, or one that was there and
 * stays. May be closed by any thread, and twice: it is closed when either returns.
 */
final class ReplPlace implements AutoCloseable {

  /**
   * As long as a session lives unless asked otherwise: a person who comes back to a prompt expects
   * the names to be there.
   */
  private static final Duration IDLE = Duration.newBuilder().setSeconds(8 * 3_600).build();

  private final Sessions sessions;
  private final Session session;
  private final boolean own;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);

  private ReplPlace(Sessions sessions, Session session, boolean own) {
    this.sessions = sessions;
    this.session = session;
    this.own = own;
  }

  static ReplPlace open(Sessions sessions, Optional<String> named, Optional<String> policy) {
    if (named.isEmpty()) {
      CreateSessionRequest request =
          CreateSessionRequest.newBuilder()
              .setName("repl")
              .setPolicy(policy.orElse(""))
              .setIdleTimeout(IDLE)
              .build();
      return new ReplPlace(sessions, sessions.create(request), /* own= */ true);
    }
    Session joined = sessions.get(SessionsCommand.find(sessions, named.get()));
    if (policy.isPresent() && !joined.getPolicy().equals(policy.get())) {
      throw new UsageException(
          "session '%s' has the policy '%s', not '%s'"
              .formatted(named.get(), joined.getPolicy(), policy.get()),
          "leave out --policy, or leave out --session to have a session of that policy made");
    }
    return new ReplPlace(sessions, joined, /* own= */ false);
  }

  String id() {
    return session.getSessionId();
  }

  /** What a person is told when the prompt begins. */
  String greeting() {
    return own
        ? "a new session, %s, with the policy %s; it ends when you leave"
            .formatted(id(), session.getPolicy())
        : "session %s with the policy %s; it stays when you leave"
            .formatted(called(), session.getPolicy());
  }

  /** And when the prompt has ended. */
  String farewell() {
    return own
        ? "the session has ended"
        : "session %s stays; `caisson sessions end` ends it".formatted(called());
  }

  private String called() {
    return session.getName().isEmpty() ? id() : session.getName();
  }

  /** Ends the session if it was made for the prompt; code that still runs is cancelled. */
  @Override
  public void close() {
    if (!own) {
      return;
    }
    if (!closing.compareAndSet(false, true)) {
      awaitClosed();
      return;
    }
    try {
      sessions.delete(id());
    } catch (CaissonException failure) {
      if (!failure.reason().equals("NOT_FOUND")) { // It may have ended by itself.
        throw failure;
      }
    } finally {
      closed.countDown();
    }
  }

  /** Who closes second goes on to close the connection, which another still needs. */
  private void awaitClosed() {
    try {
      closed.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
