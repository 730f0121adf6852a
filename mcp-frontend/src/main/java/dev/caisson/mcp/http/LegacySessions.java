package dev.caisson.mcp.http;

import dev.caisson.mcp.http.Tokens.Principal;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sessions of all clients up to revision 2025-11-25. Any thread. */
final class LegacySessions {

  private static final Logger log = LoggerFactory.getLogger(LegacySessions.class);

  private static final int ID_BYTES = 32;

  private final Clients clients;
  private final HttpLimits.Sessions limits;
  private final LongSupplier clock;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, LegacySession> byId = new ConcurrentHashMap<>();
  private final Semaphore places;
  private final AtomicLong kept = new AtomicLong();

  /**
   * @param clock nanoseconds since any moment
   */
  LegacySessions(Clients clients, HttpLimits.Sessions limits, LongSupplier clock) {
    this.clients = clients;
    this.limits = limits;
    this.clock = clock;
    this.places = new Semaphore(limits.most());
  }

  /** A new one, in use by this request. */
  LegacySession open(Principal owner) throws RefusedException {
    if (!places.tryAcquire()) {
      throw new RefusedException(
          503,
          "there are %d sessions, and no more are made; end one with DELETE, or try again later"
              .formatted(limits.most()),
          Map.of("Retry-After", "60"));
    }
    var id = newId();
    var session =
        new LegacySession(
            id, owner, clients.connected(), new SessionStreams(limits, kept), clock.getAsLong());
    session.enter();
    byId.put(id, session);
    return session;
  }

  private String newId() {
    var bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The session of that id, in use by this request. That of somebody else is refused as one that
   * there is not.
   */
  LegacySession use(@Nullable String id, Principal who) throws RefusedException {
    if (id == null) {
      throw new RefusedException(
          400, "the header Mcp-Session-Id is missing; send 'initialize' to get one");
    }
    var session = byId.get(id);
    if (session == null || !session.isOf(who)) {
      throw new RefusedException(
          404, "there is no such session (it may have ended); send 'initialize' to get one");
    }
    session.enter();
    return session;
  }

  /** This request does not use it any more. */
  void leave(LegacySession session) {
    session.leave(clock.getAsLong());
  }

  void end(LegacySession session) {
    if (byId.remove(session.id(), session)) {
      places.release();
      session.end();
    }
  }

  /** Ends those that nobody has used for too long. */
  void endIdle() {
    var now = clock.getAsLong();
    for (var session : byId.values()) {
      if (session.isIdle(now, limits.idle().toNanos())) {
        log.info("a session is ended: nobody has used it for {}", limits.idle());
        end(session);
      }
    }
  }

  void endAll() {
    byId.values().forEach(this::end);
  }
}
