package dev.caisson.daemon.egress;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.channel.AgentConnection;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.NetworkRequest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection of a run while the gate serves it: what it was allowed, to whom it is connected,
 * and since when it says nothing.
 *
 * <p>Threads: one serves; a second carries what the server answers; any may {@link #cut}.
 */
final class Visit {

  /** How long a client may take to say what it wants, and to go when it has had its answer. */
  static final Duration COURTESY = Duration.ofSeconds(20);

  private static final int PIECE = 32 << 10;

  private final AgentConnection connection;
  private final RunGate gate;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final List<NetworkRequest> allowed = new ArrayList<>();

  @GuardedBy("lock")
  private Optional<Closeable> upstream = Optional.empty();

  @GuardedBy("lock")
  private boolean finished;

  @GuardedBy("lock")
  private boolean over;

  private volatile boolean carrying;
  private volatile long since;

  Visit(AgentConnection connection, RunGate gate, Ticker ticker) {
    this.connection = connection;
    this.gate = gate;
    this.ticker = ticker;
    this.since = ticker.nanos();
  }

  AgentConnection connection() {
    return connection;
  }

  RunGate gate() {
    return gate;
  }

  InputStream input() {
    return connection.input();
  }

  /** Says something of our own to the client. */
  void say(String text) throws IOException {
    say(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void say(byte[] bytes) throws IOException {
    connection.output().write(bytes);
  }

  /** Decides, and remembers what was allowed, for the day on which the policy changes. */
  Decision.Final decide(NetworkRequest request) {
    Decision.Final decision = gate.decide(request);
    if (decision instanceof Decision.Allowed) {
      remember(request);
    }
    return decision;
  }

  /** What was allowed before this connection came. */
  void remember(NetworkRequest request) {
    lock.lock();
    try {
      allowed.add(request);
    } finally {
      lock.unlock();
    }
  }

  boolean stillAllowed(RunPolicy policy) {
    List<NetworkRequest> requests;
    lock.lock();
    try {
      requests = List.copyOf(allowed);
    } finally {
      lock.unlock();
    }
    return requests.stream().allMatch(policy::allows);
  }

  /**
   * From here on this lives and dies with the visit, in place of what did before: a lookup, then a
   * socket, connected already or not yet.
   */
  void owns(Closeable ending) throws IOException {
    lock.lock();
    try {
      if (!over) {
        upstream = Optional.of(ending);
        return;
      }
    } finally {
      lock.unlock();
    }
    Streams.closeQuietly(ending);
    throw new IOException("the connection was cut");
  }

  /** What it owns outlives it; not when it was cut, because then that is closed already. */
  boolean letsGo() {
    lock.lock();
    try {
      upstream = Optional.empty();
      return !over;
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing was carried for too long, or the client does not come to the point. */
  boolean late(Duration idle) {
    Duration patience = carrying ? idle : COURTESY;
    return ticker.nanos() - since > patience.toNanos();
  }

  /** What is carried from now on counts, and the time between. */
  void carrying() {
    since = ticker.nanos();
    carrying = true;
  }

  /** Carries bytes from one side to the other until they end. */
  void carry(InputStream from, OutputStream to) throws IOException {
    byte[] piece = new byte[PIECE];
    int count = from.read(piece);
    while (count >= 0) {
      carry(piece, count, to);
      count = from.read(piece);
    }
  }

  void carry(byte[] piece, int count, OutputStream to) throws IOException {
    since = ticker.nanos();
    gate.traffic().carry(count);
    to.write(piece, 0, count);
    since = ticker.nanos();
  }

  /** Lets the client read to the end and waits for it to go, for a moment. */
  void finish() throws IOException {
    lock.lock();
    try {
      if (over) {
        return; // a cut must not look like an end
      }
      finished = true;
    } finally {
      lock.unlock();
    }
    carrying = false;
    since = ticker.nanos();
    connection.output().close();
    byte[] dropped = new byte[PIECE];
    InputStream input = connection.input();
    while (input.read(dropped) >= 0) {
      // What it still says is said to nobody.
    }
  }

  /**
   * Ends it on both sides, so that neither takes it for an end of its own unless everything was
   * said: a server that reads an end answers it, and the code would read that as the server's own.
   * Idempotent. Nobody is interrupted: a thread that is just writing to the sandbox would take the
   * whole channel with it.
   */
  void cut() {
    Optional<Closeable> ending;
    boolean ended;
    lock.lock();
    try {
      if (over) {
        return;
      }
      over = true;
      ended = finished;
      ending = upstream;
    } finally {
      lock.unlock();
    }
    ending.ifPresent(ended ? Streams::closeQuietly : Streams::reset);
    connection.cut();
  }
}
