package dev.caisson.daemon.egress;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.policy.NetworkRequest;
import java.net.Socket;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the shim of one run was told: the addresses that stand for names inside of its sandbox, and
 * the connections that it has announced by their source ports.
 *
 * <p>The addresses are from 198.18.0.0/15, which is nobody's, in the order in which names were
 * asked for. They mean nothing outside of the run. Any number of threads may use it.
 */
final class HostTable {

  private static final int FIRST = (198 << 24) | (18 << 16) | 1;
  private static final int MOST_NAMES = 4_096;
  private static final int MOST_ANNOUNCED = 256;

  /**
   * A connection that will come from a source port.
   *
   * @param upstream connected already, when the code waits for that
   */
  record Announced(NetworkRequest.Opening request, Optional<Socket> upstream) {

    String host() {
      return request.host();
    }

    int port() {
      return request.port();
    }
  }

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, String> addresses = new HashMap<>();

  @GuardedBy("lock")
  private final Map<String, String> names = new HashMap<>();

  @GuardedBy("lock")
  private final LinkedHashMap<Integer, Announced> announced = new LinkedHashMap<>();

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
  void announce(int source, Announced connection) {
    Announced before;
    lock.lock();
    try {
      before = announced.remove(source);
      announced.put(source, connection);
      if (announced.size() > MOST_ANNOUNCED) {
        before = announced.pollFirstEntry().getValue();
      }
    } finally {
      lock.unlock();
    }
    close(before);
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

  /** Forgets all, and closes what was connected for it. */
  void clear() {
    List<Announced> left;
    lock.lock();
    try {
      left = List.copyOf(announced.values());
      announced.clear();
    } finally {
      lock.unlock();
    }
    left.forEach(HostTable::close);
  }

  private static void close(@org.jspecify.annotations.Nullable Announced connection) {
    if (connection != null) {
      connection.upstream().ifPresent(Streams::closeQuietly);
    }
  }
}
