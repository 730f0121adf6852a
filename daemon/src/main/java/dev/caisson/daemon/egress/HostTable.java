package dev.caisson.daemon.egress;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.NetworkRequest;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * What the shim of one run was told: the addresses that stand for names inside of its sandbox, and
 * the connections that it has announced by their source ports.
 *
 * <p>The addresses are from 198.18.0.0/15, which is nobody's, in the order in which names were
 * asked for. They mean nothing outside of the run. A connection that is made already holds one of
 * the run's places, which is given back when nobody comes for it. Any number of threads may use it.
 */
final class HostTable {

  private static final int FIRST = (198 << 24) | (18 << 16) | 1;
  private static final int MOST_NAMES = 4_096;
  private static final int MOST_ANNOUNCED = 256;

  /**
   * A connection that will come from a source port.
   *
   * @param upstream connected already, when the code waits for that; then it has a place
   * @param since when it was announced
   */
  record Announced(NetworkRequest.Opening request, Optional<Socket> upstream, long since) {

    String host() {
      return request.host();
    }

    int port() {
      return request.port();
    }
  }

  private final Runnable placeIsFree;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private final Map<String, String> addresses = new HashMap<>();

  @GuardedBy("lock")
  private final Map<String, String> names = new HashMap<>();

  @GuardedBy("lock")
  private final LinkedHashMap<Integer, Announced> announced = new LinkedHashMap<>();

  /**
   * @param placeIsFree told of each place that a connection had for which nobody came
   */
  HostTable(Runnable placeIsFree, Ticker ticker) {
    this.placeIsFree = placeIsFree;
    this.ticker = ticker;
  }

  /** The address that stands for this name; empty when there are too many names. */
  Optional<String> addressOf(String name) {
    lock.lock();
    try {
      String known = addresses.get(name);
      if (known != null) {
        return Optional.of(known);
      }
      if (addresses.size() >= MOST_NAMES) {
        return Optional.empty();
      }
      int bits = FIRST + addresses.size();
      String address =
          "%d.%d.%d.%d"
              .formatted(bits >>> 24, (bits >> 16) & 0xFF, (bits >> 8) & 0xFF, bits & 0xFF);
      addresses.put(name, address);
      names.put(address, name);
      return Optional.of(address);
    } finally {
      lock.unlock();
    }
  }

  /** The name that this address stands for, or the text itself. */
  String nameOf(String host) {
    lock.lock();
    try {
      return names.getOrDefault(host, host);
    } finally {
      lock.unlock();
    }
  }

  /** Remembers a connection to come. The oldest is forgotten when there are too many. */
  void announce(int source, NetworkRequest.Opening request, Optional<Socket> upstream) {
    Announced connection = new Announced(request, upstream, ticker.nanos());
    List<Announced> before = new ArrayList<>();
    lock.lock();
    try {
      if (closed) {
        before.add(connection);
      } else {
        Optional.ofNullable(announced.put(source, connection)).ifPresent(before::add);
        if (announced.size() > MOST_ANNOUNCED) {
          before.add(announced.pollFirstEntry().getValue());
        }
      }
    } finally {
      lock.unlock();
    }
    before.forEach(this::drop);
  }

  /** The connection that was announced for this port, once. */
  Optional<Announced> take(int source) {
    lock.lock();
    try {
      return Optional.ofNullable(announced.remove(source));
    } finally {
      lock.unlock();
    }
  }

  /** Whether connections are made for which nobody has come. */
  boolean waiting() {
    lock.lock();
    try {
      return announced.values().stream().anyMatch(a -> a.upstream().isPresent());
    } finally {
      lock.unlock();
    }
  }

  /** Forgets what the policy no longer allows, and what nobody has come for in good time. */
  void forgetWhatIsNotAllowed(RunPolicy policy) {
    long now = ticker.nanos();
    forget(a -> now - a.since() > Visit.COURTESY.toNanos() || !policy.allows(a.request()));
  }

  /** Forgets all, and from now on whatever comes. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    forget(a -> true);
  }

  private void forget(Predicate<Announced> which) {
    List<Announced> forgotten;
    lock.lock();
    try {
      forgotten = announced.values().stream().filter(which).toList();
      announced.values().removeAll(forgotten);
    } finally {
      lock.unlock();
    }
    forgotten.forEach(this::drop);
  }

  private void drop(Announced connection) {
    connection
        .upstream()
        .ifPresent(socket -> {
          Streams.closeQuietly(socket);
          placeIsFree.run();
        });
  }
}
