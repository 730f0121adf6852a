package dev.caisson.mcp.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.mcp.http.Tokens.Principal;
import dev.caisson.mcp.protocol.Connection;
import dev.caisson.mcp.protocol.Incoming;
import dev.caisson.mcp.protocol.Outlet;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A client up to revision 2025-11-25, from its greeting to its end. Any thread. */
final class LegacySession {

  private final String id;
  private final Principal owner;
  private final Clients.Client client;
  private final Connection connection;
  private final SessionStreams streams;
  private final AtomicInteger inUse = new AtomicInteger();

  /** Messages are taken under its reading side, so that none comes after the end. */
  private final ReadWriteLock ending = new ReentrantReadWriteLock();

  @GuardedBy("ending")
  private boolean ended;

  private volatile long lastUsed;

  LegacySession(
      String id, Principal owner, Clients.Client client, SessionStreams streams, long now) {
    this.id = id;
    this.owner = owner;
    this.client = client;
    this.connection = client.dispatcher().connect();
    this.streams = streams;
    this.lastUsed = now;
  }

  String id() {
    return id;
  }

  /** Whoever has no other token than the one that made it may use it. */
  boolean isOf(Principal principal) {
    return owner.equals(principal);
  }

  SessionStreams streams() {
    return streams;
  }

  /** Takes a message; one that comes after the end is cancelled. */
  void receive(Incoming message, Outlet outlet) {
    ending.readLock().lock();
    try {
      if (ended) {
        outlet.cancelled();
      } else {
        connection.receive(message, outlet);
      }
    } finally {
      ending.readLock().unlock();
    }
  }

  /** An HTTP request uses it. */
  void enter() {
    inUse.incrementAndGet();
  }

  /** It does no more. */
  void leave(long now) {
    lastUsed = now;
    inUse.decrementAndGet();
  }

  /** Whether nobody uses it, and for this long nobody has. */
  boolean isIdle(long now, long nanos) {
    return inUse.get() == 0 && now - lastUsed >= nanos;
  }

  /** Cancels what runs, ends its streams and whatever it has made. A second time does nothing. */
  void end() {
    if (isFirstToEnd()) {
      connection.cancelAll();
      streams.close();
      connection.finish(Duration.ZERO);
      client.close();
    }
  }

  private boolean isFirstToEnd() {
    ending.writeLock().lock();
    try {
      var first = !ended;
      ended = true;
      return first;
    } finally {
      ending.writeLock().unlock();
    }
  }
}
