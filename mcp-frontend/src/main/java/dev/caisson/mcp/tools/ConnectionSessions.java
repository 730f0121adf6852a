package dev.caisson.mcp.tools;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.SessionHost;
import dev.caisson.mcp.relay.SessionHost.NewSession;
import dev.caisson.mcp.relay.SessionState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * The sessions as one connection sees them: all of the caller, found by id or name, and which of
 * them it has made itself. Those it knows are found without asking the daemon, so a run in one
 * takes no further step. Any thread; the lock is never held over a call.
 */
final class ConnectionSessions {

  private static final int NAMED = 20;
  private static final String DEFAULT_NAME = "default";

  private final SessionHost host;
  private final Optional<DefaultSession> standard;
  private final ReentrantLock lock = new ReentrantLock();

  /** Names by id, in the order in which they were made. */
  @GuardedBy("lock")
  private final Map<String, String> own = new LinkedHashMap<>();

  /** Something that is done in a session that was found. */
  @FunctionalInterface
  interface Use<T> {
    T in(String id) throws RefusedException, InterruptedException;
  }

  /**
   * @param policy of the connection's own session; empty is the daemon's default
   */
  ConnectionSessions(SessionHost host, SessionPerConnection mode, String policy) {
    this.host = host;
    this.standard =
        switch (mode) {
          case NO -> Optional.empty();
          case YES ->
              Optional.of(
                  new DefaultSession(
                      host,
                      new NewSession(
                          DEFAULT_NAME,
                          "The session of one MCP connection; it ends with it.",
                          policy,
                          Optional.empty(),
                          Optional.empty())));
        };
  }

  SessionHost host() {
    return host;
  }

  /** Makes a session. A name that another of this connection's has is refused: it names one. */
  SessionState create(NewSession wanted) throws RefusedException, InterruptedException {
    if (standard.isPresent() && wanted.name().equals(DEFAULT_NAME)) {
      throw new RefusedException(
          RefusedException.Reason.INVALID,
          "'%s' is the name of this connection's own session, which is made at its first use; choose"
                  .formatted(DEFAULT_NAME)
              + " another name");
    }
    if (!wanted.name().isEmpty()) {
      var same = ownOf(wanted.name());
      if (!same.isEmpty()) {
        for (var session : list()) {
          if (same.contains(session.id())) {
            throw new RefusedException(
                "there is a session %s already: use it, end it, or choose another name"
                    .formatted(session.shown()));
          }
        }
      }
    }
    var made = host.create(wanted);
    remember(made);
    return made;
  }

  /** All of them, the oldest first; those that are gone are forgotten. */
  List<SessionState> list() throws RefusedException, InterruptedException {
    // As they were before: one that is made while the host answers may not be in its answer.
    var gone = new HashSet<>(remembered());
    var all = host.list();
    all.forEach(session -> gone.remove(session.id()));
    lock.lock();
    try {
      var ignored = own.keySet().removeAll(gone);
    } finally {
      lock.unlock();
    }
    return all;
  }

  private List<String> remembered() {
    lock.lock();
    try {
      return List.copyOf(own.keySet());
    } finally {
      lock.unlock();
    }
  }

  /** Whether this connection made it. */
  boolean isOwn(String id) {
    lock.lock();
    try {
      return own.containsKey(id) || standardId().equals(Optional.of(id));
    } finally {
      lock.unlock();
    }
  }

  /** The ids of those that this connection made, the oldest first. */
  List<String> own() {
    lock.lock();
    try {
      var ids = new ArrayList<>(own.keySet());
      standardId().filter(id -> !own.containsKey(id)).ifPresent(ids::add);
      return List.copyOf(ids);
    } finally {
      lock.unlock();
    }
  }

  /** Where a run goes: nowhere, for a sandbox of its own, when nothing is named or standing. */
  Optional<String> ofRun(String session) throws RefusedException, InterruptedException {
    return session.isEmpty() && standard.isEmpty() ? Optional.empty() : Optional.of(find(session));
  }

  /**
   * The id of a session: by id, by the name of one that this connection made, by the name of one of
   * the others. The empty text is the connection's own, made when there is none; so is its name,
   * which must not reach that of another connection.
   */
  String find(String session) throws RefusedException, InterruptedException {
    if (standard.isPresent() && namesStandard(session)) {
      return standard.get().get().id();
    }
    if (session.isEmpty()) {
      throw new RefusedException(
          RefusedException.Reason.INVALID, "'session' is missing: " + known(list()));
    }
    if (isOwn(session)) {
      return session;
    }
    var mine = ownOf(session);
    return mine.size() == 1 ? mine.getFirst() : among(list(), session);
  }

  /** The same for what makes no sense in a session that is new: none is made. */
  String findStanding(String session) throws RefusedException, InterruptedException {
    if (standard.isPresent() && namesStandard(session)) {
      return standardId()
          .orElseThrow(() ->
              new RefusedException(
                  RefusedException.Reason.NOT_FOUND, "this connection has no session yet"));
    }
    return find(session);
  }

  private static boolean namesStandard(String session) {
    return session.isEmpty() || session.equals(DEFAULT_NAME);
  }

  private String among(List<SessionState> all, String session) throws RefusedException {
    for (var one : all) {
      if (one.id().equals(session)) {
        return one.id();
      }
    }
    var named = all.stream().filter(one -> one.name().equals(session)).toList();
    if (named.size() > 1) {
      throw new RefusedException(
          "there are %d sessions of the name '%s': say which by its id: %s"
              .formatted(
                  named.size(),
                  session,
                  named.stream().map(SessionState::id).collect(Collectors.joining(", "))));
    }
    if (named.isEmpty()) {
      throw new RefusedException(
          RefusedException.Reason.NOT_FOUND,
          "there is no session '%s' (it may have ended); ".formatted(session) + known(all));
    }
    return named.getFirst().id();
  }

  private static String known(List<SessionState> all) {
    var names =
        all.stream().limit(NAMED).map(SessionState::shown).collect(Collectors.joining(", "));
    var more = all.size() > NAMED ? " and %d more".formatted(all.size() - NAMED) : "";
    return (all.isEmpty() ? "there are no sessions" : "the sessions are " + names + more)
        + ". Make one with the tool sessions, action \"create\" and a name.";
  }

  /**
   * Does something in a session. When that fails because the session is over, it is forgotten, and
   * the failure says so.
   */
  <T> T in(String id, Use<T> use) throws RefusedException, InterruptedException {
    try {
      return use.in(id);
    } catch (RefusedException refusal) {
      if (refusal.reason() != RefusedException.Reason.NOT_FOUND) {
        throw refusal;
      }
      var all = list();
      if (all.stream().anyMatch(session -> session.id().equals(id))) {
        throw refusal;
      }
      var wasStandard = standardId().equals(Optional.of(id));
      forget(id);
      throw new RefusedException(
          RefusedException.Reason.NOT_FOUND,
          "session %s has ended, with its variables and files: idle for too long, at the end of its"
                  .formatted(id)
              + " time to live, or ended by somebody; "
              + (wasStandard ? "call again: a new one is made" : known(all)),
          refusal);
    }
  }

  /** Ends a session. */
  void end(String id) throws RefusedException, InterruptedException {
    host.end(id);
    forget(id);
  }

  private void remember(SessionState made) {
    lock.lock();
    try {
      own.put(made.id(), made.name());
    } finally {
      lock.unlock();
    }
  }

  private void forget(String id) {
    lock.lock();
    try {
      own.remove(id);
    } finally {
      lock.unlock();
    }
    standard.ifPresent(session -> session.ended(id));
  }

  private List<String> ownOf(String name) {
    lock.lock();
    try {
      var ids = new ArrayList<String>();
      own.forEach((id, called) -> {
        if (called.equals(name)) {
          ids.add(id);
        }
      });
      return ids;
    } finally {
      lock.unlock();
    }
  }

  private Optional<String> standardId() {
    return standard.flatMap(DefaultSession::id);
  }

  /** Ends the connection's own session. What else it made stays until it is idle for too long. */
  void close() throws RefusedException, InterruptedException {
    if (standard.isPresent()) {
      standard.get().close();
    }
  }
}
