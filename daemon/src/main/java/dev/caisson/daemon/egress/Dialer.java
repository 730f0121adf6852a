package dev.caisson.daemon.egress;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Connects to a host that the policy allows: asks the resolver, checks every address that it gives,
 * and connects to one of those and to nothing else. One bad address among good ones refuses the
 * name: whoever controls it means no good.
 *
 * <p>Threads: any number of virtual threads may dial. Lookups run on platform threads of their own,
 * few and with a bounded queue, because a lookup in native code would hold the thread that carries
 * all others.
 */
public final class Dialer implements AutoCloseable {

  private static final int LOOKUP_THREADS = 16;
  private static final int WAITING_LOOKUPS = 256;
  private static final int ADDRESSES_TRIED = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  /** What came of it. */
  sealed interface Dialed {
    /** Connected, to an address that was checked. */
    record Connected(Socket socket, InetAddress address) implements Dialed {}

    /** The name stands for an address that is refused. */
    record Refused(String reason) implements Dialed {}

    /** It may be connected to, but it does not work. */
    record Failed(Failure failure, String message) implements Dialed {}
  }

  /** Why a connection did not come about, as the shim names it. */
  enum Failure {
    UNRESOLVED,
    REFUSED,
    TIMED_OUT,
    UNREACHABLE
  }

  private final Resolver resolver;
  private final AddressRules addresses;
  private final Duration patience;
  private final ExecutorService lookups =
      new ThreadPoolExecutor(
          LOOKUP_THREADS,
          LOOKUP_THREADS,
          10,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING_LOOKUPS),
          Thread.ofPlatform().name("name-lookup-", 0).daemon().factory());

  /**
   * @param patience for the lookup, and again for connecting
   */
  public Dialer(Resolver resolver, AddressRules addresses, Duration patience) {
    this.resolver = resolver;
    this.addresses = addresses;
    this.patience = patience;
    ((ThreadPoolExecutor) lookups).allowCoreThreadTimeOut(true);
  }

  /**
   * Takes what is under way, the lookup and then a socket before it is connected, so that it can be
   * ended meanwhile.
   */
  interface Owner {
    void owns(Closeable ending) throws IOException;
  }

  /** By the machine's name service, to public addresses only. */
  public static Dialer toTheInternet() {
    return bySystem(AddressRules.strict());
  }

  /** By the machine's name service: what every daemon that serves has. */
  public static Dialer bySystem(AddressRules addresses) {
    return new Dialer(Resolver::bySystem, addresses, PATIENCE);
  }

  Dialed dial(String host, int port, Owner owner) throws InterruptedException {
    List<InetAddress> found;
    try {
      found = lookUp(host, owner);
    } catch (UnknownHostException e) {
      return new Dialed.Failed(Failure.UNRESOLVED, "the host '" + host + "' was not found");
    } catch (TimeoutException e) {
      return new Dialed.Failed(
          Failure.TIMED_OUT, "the lookup of the host '" + host + "' took too long");
    } catch (IOException | CancellationException e) {
      return new Dialed.Failed(Failure.UNREACHABLE, "the lookup of '" + host + "' was ended");
    }
    for (InetAddress address : found) {
      Optional<String> refusal = addresses.refusal(address);
      if (refusal.isPresent()) {
        return new Dialed.Refused(
            "the host '" + host + "' has a refused address: " + refusal.get());
      }
    }
    return connect(host, port, found, owner);
  }

  private List<InetAddress> lookUp(String host, Owner owner)
      throws IOException, TimeoutException, InterruptedException {
    Future<List<InetAddress>> lookup;
    try {
      lookup = lookups.submit(() -> resolver.resolve(host));
    } catch (RejectedExecutionException e) {
      throw new TimeoutException("too many lookups wait");
    }
    try {
      owner.owns(() -> lookup.cancel(true));
      List<InetAddress> found = lookup.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      if (found.isEmpty()) {
        throw new UnknownHostException(host);
      }
      return found;
    } catch (ExecutionException e) {
      UnknownHostException unknown = new UnknownHostException(host);
      unknown.initCause(e);
      throw unknown;
    } finally {
      lookup.cancel(true);
    }
  }

  private Dialed connect(String host, int port, List<InetAddress> checked, Owner owner) {
    Dialed last = new Dialed.Failed(Failure.UNREACHABLE, "no address of '" + host + "' works");
    for (InetAddress address : checked.subList(0, Math.min(ADDRESSES_TRIED, checked.size()))) {
      last = connect(host, port, address, owner);
      if (last instanceof Dialed.Connected) {
        return last;
      }
    }
    return last;
  }

  @SuppressWarnings("AddressSelection") // all addresses were looked up and checked before
  private Dialed connect(String host, int port, InetAddress address, Owner owner) {
    Socket socket = new Socket();
    String where = "'%s' port %d at %s".formatted(host, port, AddressRules.shown(address));
    try {
      owner.owns(socket);
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(address, port), (int) patience.toMillis());
      return new Dialed.Connected(socket, address);
    } catch (IOException e) {
      Streams.closeQuietly(socket);
      Failure failure =
          switch (e) {
            case NoRouteToHostException ignored -> Failure.UNREACHABLE;
            case ConnectException ignored -> Failure.REFUSED;
            case SocketTimeoutException ignored -> Failure.TIMED_OUT;
            default -> Failure.UNREACHABLE;
          };
      return new Dialed.Failed(failure, "cannot connect to " + where + ": " + e.getMessage());
    }
  }

  @Override
  public void close() {
    lookups.shutdownNow();
  }
}
