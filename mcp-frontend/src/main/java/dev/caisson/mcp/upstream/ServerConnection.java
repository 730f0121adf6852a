package dev.caisson.mcp.upstream;

import dev.caisson.mcp.stubs.Catalogue.ToolSignature;
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
  private Optional<Long> firstTried = Optional.empty();
  private String trouble = "";
  private boolean closed;

  /** Hears what the server says of itself. Must not block. */
  interface Listener {
    /** A connection was made; called before anybody can use it. */
    void connected(String instructions, List<ToolSignature> tools);

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

  private void tryToConnect(CompletableFuture<Conversation> mine) {
    var wire = new RedactedWire(wires.apply(definition), definition.secrets());
    var conversation = new Conversation(name(), wire, new Events(mine));
    lock.lock();
    try {
      newest = conversation;
      if (closed) {
        mine.completeExceptionally(unusable("it was closed"));
        return;
      }
    } finally {
      lock.unlock();
    }
    try {
      var greeting = conversation.greet(timing.connect());
      var tools =
          greeting.hasTools()
              ? new ToolListing(conversation, name()).all(timing.list())
              : List.<ToolSignature>of();
      listener.connected(greeting.instructions(), tools);
      untroubled();
      if (!mine.complete(conversation)) {
        conversation.close();
      }
    } catch (LostConnectionException lost) {
      failed(mine, conversation, lost.reason());
    } catch (RpcErrorException error) {
      failed(mine, conversation, "it answered with error " + error.code() + ": " + error.text());
    } catch (TimeoutException late) {
      failed(
          mine,
          conversation,
          "it did not answer within "
              + timing.connect().toSeconds()
              + " s (initialize) and "
              + timing.list().toSeconds()
              + " s (tools/list)");
    } catch (InterruptedException | RuntimeException problem) {
      failed(mine, conversation, "connecting failed: " + problem);
    }
  }

  private void untroubled() {
    lock.lock();
    try {
      trouble = "";
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
