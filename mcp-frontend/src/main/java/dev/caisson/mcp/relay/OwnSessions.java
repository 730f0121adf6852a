package dev.caisson.mcp.relay;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that one client has made, for clients that know nothing of each other: those of
 * others are as if they were not there. Ends them when it is closed. Any thread.
 */
public final class OwnSessions implements SessionHost, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OwnSessions.class);

  /** More than the daemon keeps, unless some of them have ended. */
  private static final int REMEMBERED = 256;

  private final SessionHost host;
  private final Set<String> own = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  public OwnSessions(SessionHost host) {
    this.host = host;
  }

  @Override
  public SessionState create(NewSession wanted) throws RefusedException, InterruptedException {
    if (own.size() >= REMEMBERED) {
      // Those that have ended by themselves are forgotten.
      var ignored = list();
    }
    var made = host.create(wanted);
    own.add(made.id());
    if (closed) {
      end(made.id());
      throw new RefusedException("the client is gone; nothing new is begun");
    }
    return made;
  }

  @Override
  public List<SessionState> list() throws RefusedException, InterruptedException {
    // As they were before: one that is made while the host answers may not be in its answer.
    var before = Set.copyOf(own);
    var all = host.list();
    var standing = new HashSet<String>();
    all.forEach(session -> standing.add(session.id()));
    before.stream().filter(id -> !standing.contains(id)).forEach(own::remove);
    return all.stream().filter(session -> own.contains(session.id())).toList();
  }

  @Override
  public SessionState reset(String id, Workspace workspace)
      throws RefusedException, InterruptedException {
    return host.reset(owned(id), workspace);
  }

  @Override
  public boolean interrupt(String id) throws RefusedException, InterruptedException {
    return host.interrupt(owned(id));
  }

  @Override
  public void end(String id) throws RefusedException, InterruptedException {
    host.end(owned(id));
    own.remove(id);
  }

  private String owned(String id) throws RefusedException {
    if (!own.contains(id)) {
      throw new RefusedException(
          RefusedException.Reason.NOT_FOUND, "there is no session '%s'".formatted(id));
    }
    return id;
  }

  /** Ends all of them; one that cannot be ended ends by itself when it is idle for long enough. */
  @Override
  public void close() {
    closed = true;
    for (var id : Set.copyOf(own)) {
      try {
        end(id);
      } catch (RefusedException refusal) {
        log.debug("session {} was not ended: {}", id, refusal.explanation());
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
