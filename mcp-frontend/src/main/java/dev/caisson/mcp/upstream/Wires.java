package dev.caisson.mcp.upstream;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the wires to all servers. What they share is here: the memory that may wait in them, the
 * one who ends their processes, and the folder of their logs.
 *
 * <p>The numbers are for a heap of 256 MiB. An answer is there up to three times: as it came in, as
 * what is passed on, and in the daemon client's message.
 */
final class Wires implements Function<ServerDefinition, Wire>, AutoCloseable {

  /** Bytes of answers that are read or wait to be passed on: of one server, and of all. */
  static final long INCOMING_OF_ONE = 40L << 20;

  static final long INCOMING_OF_ALL = 48L << 20;

  /** Bytes of messages that wait to be read by one server, and by all. */
  static final long OUTGOING_OF_ONE = 16L << 20;

  static final long OUTGOING_OF_ALL = 32L << 20;

  /** Messages a second that nobody asked for, and lines of stderr. */
  private static final int FLOOD = 2_000;

  private final ByteBudget incoming;
  private final ByteBudget outgoing;
  private final ProcessGroups groups = new ProcessGroups();
  private final Optional<Path> logs;
  private final Supplier<FloodGate> floodGates;
  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock.
  private @Nullable HttpClient client;

  /** Without a folder the servers' stderr is not written anywhere. */
  Wires(Optional<Path> logs) {
    this(logs, ByteBudget.of(INCOMING_OF_ALL), ByteBudget.of(OUTGOING_OF_ALL));
  }

  Wires(Optional<Path> logs, ByteBudget incoming, ByteBudget outgoing) {
    this(logs, incoming, outgoing, () -> FloodGate.of(FLOOD));
  }

  Wires(
      Optional<Path> logs,
      ByteBudget incoming,
      ByteBudget outgoing,
      Supplier<FloodGate> floodGates) {
    this.floodGates = floodGates;
    this.logs = logs;
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  @Override
  public Wire apply(ServerDefinition definition) {
    var in = incoming.part(INCOMING_OF_ONE);
    return switch (definition) {
      case ServerDefinition.Stdio stdio ->
          new ProcessWire(
              stdio, groups, in, outgoing.part(OUTGOING_OF_ONE), log(stdio), floodGates);
      case ServerDefinition.Http http ->
          http.sse()
              ? new SseWire(http, client(), in, outgoing.part(OUTGOING_OF_ONE), floodGates)
              : new HttpWire(http, client(), in, outgoing.part(OUTGOING_OF_ONE), floodGates);
    };
  }

  /** Ends what is left of all servers. */
  @Override
  public void close() {
    groups.close();
    lock.lock();
    try {
      if (client != null) {
        client.shutdownNow();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Made when the first server needs it: that takes time and threads. */
  private HttpClient client() {
    lock.lock();
    try {
      var made = client;
      if (made == null) {
        made = HttpLink.client();
        client = made;
      }
      return made;
    } finally {
      lock.unlock();
    }
  }

  private ServerLog log(ServerDefinition definition) {
    return new ServerLog(
        definition.secrets(), logs.map(folder -> RotatingFile.ofServer(folder, definition.name())));
  }
}
