package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The connections of one run. In a run without network the first frame about one is a violation,
 * because its supervisor listens to nothing.
 *
 * <p>Threads: frames arrive on the channel's reader; {@link #end} may come from any thread.
 */
final class AgentConnections {

  /**
   * What an agent may hold open at once, questions included; an honest one then accepts no more.
   */
  static final int AT_ONCE = 320;

  private final AgentChannel channel;
  private final boolean allowed;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Long, AgentConnection> open = new HashMap<>();

  @GuardedBy("lock")
  private boolean ended;

  AgentConnections(AgentChannel channel, boolean allowed) {
    this.channel = channel;
    this.allowed = allowed;
  }

  /** One frame about one connection; hands on those that were opened. */
  void received(Message message, Consumer<AgentConnection> opened) {
    if (!allowed) {
      throw Violation.of(
          "a %s frame in a run without network".formatted(message.kind().wireName()));
    }
    if (message.kind() == FrameKind.NET_OPEN) {
      open(message, opened);
      return;
    }
    Optional<AgentConnection> found = find(message);
    if (found.isEmpty()) {
      return;
    }
    AgentConnection connection = found.get();
    switch (message.kind()) {
      case NET_SEND -> connection.received(message.payload());
      case NET_SEND_END -> connection.inputEnded();
      case NET_AGENT_CREDIT -> connection.credited(credit(message));
      case NET_CLOSED -> closed(connection);
      default -> throw new IllegalStateException("no frame of a connection: " + message.kind());
    }
  }

  /** The run is over: no connection carries anything any more. */
  void end() {
    List<AgentConnection> left;
    lock.lock();
    try {
      ended = true;
      left = List.copyOf(open.values());
      open.clear();
    } finally {
      lock.unlock();
    }
    left.forEach(AgentConnection::end);
  }

  private void open(Message message, Consumer<AgentConnection> opened) {
    ObjectNode body = Json.readObject(message);
    Entrance entrance =
        Entrance.of(Json.text(body, "entrance"))
            .orElseThrow(() -> Violation.of("a connection by an entrance that does not exist"));
    JsonNode source = body.get("source");
    if (source == null || !source.isInt() || source.intValue() < 1 || source.intValue() > 65_535) {
      throw Violation.of("a connection from a port that does not exist");
    }
    long number = message.stream();
    channel.connectionOpened(number);
    AgentConnection connection = new AgentConnection(channel, number, entrance, source.intValue());
    lock.lock();
    try {
      if (ended) {
        return;
      }
      if (open.size() >= AT_ONCE) {
        throw Violation.of("more than %d connections at once".formatted(AT_ONCE));
      }
      open.put(number, connection);
    } finally {
      lock.unlock();
    }
    opened.accept(connection);
  }

  /** Empty after the end of the run, when what is still on its way means nothing. */
  private Optional<AgentConnection> find(Message message) {
    lock.lock();
    try {
      AgentConnection connection = open.get(message.stream());
      if (connection == null && !ended) {
        throw Violation.of(
            "a %s frame for connection %d, which is not open"
                .formatted(message.kind().wireName(), message.stream()));
      }
      return Optional.ofNullable(connection);
    } finally {
      lock.unlock();
    }
  }

  private void closed(AgentConnection connection) {
    lock.lock();
    try {
      open.remove(connection.number());
    } finally {
      lock.unlock();
    }
    connection.end();
  }

  private static long credit(Message message) {
    if (message.payload().length != 4) {
      throw Violation.of("a credit frame of " + message.payload().length + " bytes");
    }
    return ByteBuffer.wrap(message.payload()).getInt() & 0xFFFF_FFFFL;
  }
}
