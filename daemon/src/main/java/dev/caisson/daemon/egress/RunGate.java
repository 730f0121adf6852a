package dev.caisson.daemon.egress;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.channel.AgentConnection;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.HostName;
import dev.caisson.daemon.policy.NetworkRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate as one run meets it: serves its connections, and cuts them when they idle, when the
 * policy no longer allows them, and when the run is over.
 *
 * <p>Threads: {@link #connected} is called by the channel's reader and does not block. Each
 * connection is served by a virtual thread; one more looks after all of them while there are any.
 */
public final class RunGate implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunGate.class);

  /** How often live connections are held against the policy: well below the second promised. */
  private static final Duration LOOK = Duration.ofMillis(200);

  private final RunPolicy policy;
  private final Dialer dialer;
  private final Ticker ticker;
  private final Traffic traffic;
  private final DecisionLog log;
  private final HostTable hosts;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final Set<Visit> visits = new HashSet<>();

  @GuardedBy("lock")
  private boolean watched;

  @GuardedBy("lock")
  private boolean closed;

  RunGate(
      GateUser user,
      RunPolicy policy,
      Dialer dialer,
      SharedPace pace,
      Ticker ticker,
      Consumer<RunOutcome> stop) {
    this.policy = policy;
    this.dialer = dialer;
    this.ticker = ticker;
    this.traffic = new Traffic(policy.limits(), pace, ticker, stop);
    this.hosts = new HostTable(traffic::closed, ticker);
    this.log = new DecisionLog(user);
  }

  /** Serves a connection of the run until it is over. */
  public void connected(AgentConnection connection) {
    Visit visit = new Visit(connection, this, ticker);
    lock.lock();
    try {
      if (closed) {
        return;
      }
      visits.add(visit);
      if (!watched) {
        watched = true;
        Thread.ofVirtual().name("gate-watch").start(this::watch);
      }
    } finally {
      lock.unlock();
    }
    Thread.ofVirtual().name("gate").start(() -> serve(visit));
  }

  /** Cuts every connection. Nothing is decided or carried afterwards. */
  @Override
  public void close() {
    List<Visit> left;
    lock.lock();
    try {
      closed = true;
      left = List.copyOf(visits);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    traffic.close();
    left.forEach(Visit::cut);
    hosts.close();
  }

  // ---- for those who serve ----

  Decision.Final decide(NetworkRequest request) {
    Decision.Final decision = policy.decide(request);
    log.decided(request, decision);
    return decision;
  }

  /** Whether the policy allows it, without a word in the log: a question, not a decision. */
  boolean would(NetworkRequest request) {
    return policy.allows(request);
  }

  /** Whether a rule is about this host. */
  boolean knows(HostName host) {
    return policy.knows(host);
  }

  Dialer dialer() {
    return dialer;
  }

  Traffic traffic() {
    return traffic;
  }

  DecisionLog log() {
    return log;
  }

  HostTable hosts() {
    return hosts;
  }

  // ---- the threads ----

  private void serve(Visit visit) {
    try {
      traffic.awaitPace();
      switch (visit.connection().entrance()) {
        case HTTP -> withPlace(visit, HttpEntrance::serve, HttpEntrance::full);
        case SOCKS -> withPlace(visit, SocksEntrance::serve, SocksEntrance::full);
        case DIRECT -> DirectEntrance.serve(visit);
        case ASK -> AskEntrance.serve(visit);
      }
      visit.finish();
    } catch (IOException e) {
      LOG.debug("a connection of a run ended: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("a connection of a run could not be served", e);
    } finally {
      visit.cut();
      lock.lock();
      try {
        visits.remove(visit);
      } finally {
        lock.unlock();
      }
    }
  }

  /** Serves a connection that has a place among those of the run. */
  interface Serving {
    void serve(Visit visit) throws IOException, InterruptedException;
  }

  /** Tells a client that there is none. */
  interface Full {
    void full(Visit visit, String reason) throws IOException;
  }

  void withPlace(Visit visit, Serving serving, Full full) throws IOException, InterruptedException {
    Optional<String> none = traffic.open();
    if (none.isPresent()) {
      log.refused("", 0, none.get());
      full.full(visit, none.get());
      return;
    }
    try {
      serving.serve(visit);
    } finally {
      traffic.closed();
    }
  }

  private void watch() {
    while (true) {
      List<Visit> now;
      lock.lock();
      try {
        if (closed) {
          return;
        }
        if (visits.isEmpty() && !hosts.waiting()) {
          watched = false;
          return;
        }
        var unused = changed.await(LOOK.toNanos(), TimeUnit.NANOSECONDS);
        now = List.copyOf(visits);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } finally {
        lock.unlock();
      }
      now.stream()
          .filter(v -> v.late(policy.limits().idleTimeout()) || !v.stillAllowed(policy))
          .forEach(Visit::cut);
      hosts.forgetWhatIsNotAllowed(policy);
    }
  }
}
