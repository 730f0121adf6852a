package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one server, made when it is needed and again after it was lost.
 *
 * <p>An attempt runs on a virtual thread of its own and everyone who needs the server waits for the
 * same attempt. A {@link Breaker} says when the next one may begin.
 */
final class ServerConnection implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ServerConnection.class);

  private final ServerDefinition definition;
  private final Function<ServerDefinition, Wire> wires;
  private final UpstreamServer.Timing timing;
  private final LongSupplier nanoTime;
  private final Listener listener;
  private final ReentrantLock lock = new ReentrantLock();

  // All guarded by lock.
  private final Breaker breaker;
  private @Nullable CompletableFuture<Conversation> attempt;
  private @Nullable Conversation newest;
  private Optional<Approach> lastApproach = Optional.empty();
  private Optional<Long> firstTried = Optional.empty();
  private String trouble = "";
  private boolean closed;

  /** Hears what the server says of itself. Must not block. */
  interface Listener {
    /** A connection was made; called before anybody can use it. */
    void connected(String instructions, ToolListing.Listed listed);

    void toolsChanged();
  }

  ServerConnection(
      ServerDefinition definition,
      Function<ServerDefinition, Wire> wires,
      UpstreamServer.Timing timing,
      LongSupplier nanoTime,
      Listener listener) {
    this.definition = definition;
    this.wires = wires;
    this.timing = timing;
    this.nanoTime = nanoTime;
    this.listener = listener;
    this.breaker = new Breaker(nanoTime);
  }

  private String name() {
    return definition.name();
  }

  /** Begins to connect, unless it is connected, at it already, or failed a moment ago. */
  CompletableFuture<Conversation> connect() {
    lock.lock();
    try {
      if (closed) {
        return CompletableFuture.failedFuture(unusable("it was closed"));
      }
      if (firstTried.isEmpty()) {
        firstTried = Optional.of(nanoTime.getAsLong());
      }
      var current = attempt;
      if (current != null) {
        return current;
      }
      var pause = breaker.pauseNanos();
      if (pause > 0) {
        return CompletableFuture.failedFuture(
            unusable(trouble + " (next attempt in " + seconds(pause) + ")"));
      }
      var started = new CompletableFuture<Conversation>();
      attempt = started;
      Thread.ofVirtual().name("connect-" + name()).start(() -> tryToConnect(started));
      return started;
    } finally {
      lock.unlock();
    }
  }

  private static String seconds(long nanos) {
    return Math.max(1, Duration.ofNanos(nanos).plusMillis(999).toSeconds()) + " s";
  }

  /** Tries what may be right for this server, until it has told its tools. */
  private void tryToConnect(CompletableFuture<Conversation> mine) {
    var order = new Approach.Order(definition, lastApproach());
    var refusal = "";
    while (true) {
      var conversation = conversation(order.current(), mine);
      if (conversation.isEmpty()) {
        mine.completeExceptionally(unusable("it was closed"));
        return;
      }
      try {
        connect(conversation.get(), order.current(), mine);
        return;
      } catch (LostConnectionException
          | RpcErrorException
          | TimeoutException
          | InterruptedException
          | RuntimeException problem) {
        var before = order.current();
        var because =
            before == Approach.OLD_SSE && !refusal.isEmpty()
                ? refusal + bySse(problem)
                : explain(problem);
        if (order.next(problem).isEmpty()) {
          failed(mine, conversation.get(), because);
          return;
        }
        refusal = order.current() == Approach.OLD_SSE ? because : "";
        conversation.get().close();
      }
    }
  }

  /** A new conversation, or none when we were closed. */
  private Optional<Conversation> conversation(
      Approach approach, CompletableFuture<Conversation> mine) {
    var wire = new RedactedWire(wires.apply(approach.of(definition)), definition.secrets());
    var conversation = new Conversation(name(), wire, new Events(mine));
    lock.lock();
    try {
      newest = conversation;
      return closed ? Optional.empty() : Optional.of(conversation);
    } finally {
      lock.unlock();
    }
  }

  private void connect(
      Conversation conversation, Approach approach, CompletableFuture<Conversation> mine)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var greeting =
        new Handshake(conversation, Handshake.PATIENCE).greet(approach, timing.connect());
    var listed =
        greeting.hasTools()
            ? new ToolListing(conversation, name()).all(timing.list())
            : new ToolListing.Listed(List.of(), Optional.empty());
    listener.connected(greeting.instructions(), listed);
    if (greeting.revision().isModern() && greeting.tellsOfChanges()) {
      Thread.ofVirtual()
          .name("subscription-" + name())
          .start(new Subscription(conversation, listener::toolsChanged));
    }
    var right =
        approach == Approach.PROBE && !greeting.revision().isModern() ? Approach.GREET : approach;
    untroubled(right);
    if (!mine.complete(conversation)) {
      conversation.close();
    }
  }

  private String explain(Exception problem) {
    return switch (problem) {
      case LostConnectionException lost -> lost.reason();
      case RpcErrorException error ->
          "it answered with error " + error.code() + ": " + error.text();
      case TimeoutException late ->
          "it did not answer within "
              + timing.connect().toSeconds()
              + " s (initialize) and "
              + timing.list().toSeconds()
              + " s (tools/list)";
      default -> "connecting failed: " + problem;
    };
  }

  /** Of a server that is plainly none of the oldest kind, that is not worth a word. */
  private String bySse(Exception problem) {
    return problem instanceof LostConnectionException lost && lost.delivery() == Delivery.REFUSED
        ? ""
        : "; over HTTP with SSE: " + explain(problem);
  }

  private Optional<Approach> lastApproach() {
    lock.lock();
    try {
      return lastApproach;
    } finally {
      lock.unlock();
    }
  }

  private void untroubled(Approach right) {
    lock.lock();
    try {
      trouble = "";
      lastApproach = Optional.of(right);
    } finally {
      lock.unlock();
    }
  }

  private void failed(CompletableFuture<Conversation> mine, Conversation of, String because) {
    var news = true;
    lock.lock();
    try {
      news = !closed && !because.equals(trouble);
      if (attempt == mine) {
        attempt = null;
      }
      trouble = because;
      breaker.failed();
    } finally {
      lock.unlock();
    }
    of.close();
    if (news) {
      log.warn("MCP server '{}' is not available: {}", name(), because);
    }
    mine.completeExceptionally(unusable(because));
  }

  /** This connection is of no use any more. */
  void forget(CompletableFuture<Conversation> old, String because) {
    lock.lock();
    try {
      if (attempt != old || !old.isDone()) {
        return; // An attempt that is going on reports for itself.
      }
      attempt = null;
      trouble = because;
      breaker.lost();
    } finally {
      lock.unlock();
    }
    log.warn("MCP server '{}' was lost: {}", name(), because);
    if (!old.isCompletedExceptionally()) {
      Thread.ofVirtual().name("close-" + name()).start(() -> old.join().close());
    }
  }

  /** The server answered a call: it is worth another attempt whenever it is lost. */
  void answered() {
    lock.lock();
    try {
      breaker.answered();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the conversation; the reason why there is none is without the server's name. */
  Conversation await(CompletableFuture<Conversation> connection)
      throws LostConnectionException, InterruptedException {
    try {
      // The attempt has its own deadlines; this one only guards against our own mistakes.
      return connection.get(timing.connect().plus(timing.list()).toSeconds() + 5, TimeUnit.SECONDS);
    } catch (ExecutionException problem) {
      if (problem.getCause() instanceof LostConnectionException lost) {
        throw unusable(lost.reason());
      }
      throw new IllegalStateException(problem);
    } catch (TimeoutException late) {
      throw new LostConnectionException("connecting takes too long", Delivery.UNKNOWN);
    }
  }

  /** The connection or attempt that there is now. */
  Optional<CompletableFuture<Conversation>> current() {
    lock.lock();
    try {
      return Optional.ofNullable(attempt);
    } finally {
      lock.unlock();
    }
  }

  /** Why the server cannot be used at the moment; empty when it can, or has not been tried. */
  Optional<String> trouble() {
    lock.lock();
    try {
      return Optional.of(trouble).filter(reason -> !reason.isEmpty());
    } finally {
      lock.unlock();
    }
  }

  /** What is left of this time, counted from the first attempt ever; all of it before that. */
  Duration leftOf(Duration patience) {
    lock.lock();
    try {
      return firstTried
          .map(start -> patience.minusNanos(nanoTime.getAsLong() - start))
          .orElse(patience);
    } finally {
      lock.unlock();
    }
  }

  /** The reason alone: whoever tells it puts the server's name before it. */
  private static LostConnectionException unusable(String reason) {
    return new LostConnectionException(reason, Delivery.UNKNOWN);
  }

  @Override
  public void close() {
    Conversation last;
    lock.lock();
    try {
      closed = true;
      attempt = null;
      last = newest;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      last.close();
    }
  }

  /** What one connection tells us; runs on the wire's thread. */
  private final class Events implements Conversation.Listener {
    private final CompletableFuture<Conversation> connection;

    Events(CompletableFuture<Conversation> connection) {
      this.connection = connection;
    }

    @Override
    public void toolsChanged() {
      listener.toolsChanged();
    }

    @Override
    public void lost(String reason) {
      forget(connection, reason);
    }
  }
}
