package dev.caisson.mcp.upstream;

import dev.caisson.mcp.relay.ToolAnswer;
import dev.caisson.mcp.relay.ToolAnswer.Reason;
import dev.caisson.mcp.stubs.Catalogue.ServerTools;
import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import io.modelcontextprotocol.spec.McpSchema;
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
 * One server of the servers file, connected when it is needed and again after it was lost.
 *
 * <p>A connection attempt runs on a virtual thread of its own and everyone who needs the server
 * waits for the same attempt. After failed attempts the next one waits (0.5 s, doubled up to 30 s);
 * a server that was lost after it had worked is tried again at the next use. The last known tools
 * stay in the catalogue meanwhile, so that code gets a clear error instead of an unknown name.
 */
final class UpstreamServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(UpstreamServer.class);
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(500).toNanos();
  private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(30).toNanos();
  private static final String STILL_STARTING = "it is still starting";
  private static final int LONGEST_REASON = 1_000;

  private final ServerDefinition definition;
  private final Function<ServerDefinition, Wire> wires;
  private final Timing timing;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final ToolsRefresh refresh;

  // All guarded by lock.
  private @Nullable CompletableFuture<Conversation> attempt;
  private @Nullable Conversation newest;
  private @Nullable ServerTools lastKnown;
  private String trouble = "";
  private int failures;
  private long notBefore;
  private boolean closed;

  /** How long we wait for a server. */
  record Timing(Duration connect, Duration list, Duration call) {
    static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ofMinutes(10));
  }

  UpstreamServer(
      ServerDefinition definition,
      Function<ServerDefinition, Wire> wires,
      Timing timing,
      LongSupplier nanoTime) {
    this.definition = definition;
    this.wires = wires;
    this.timing = timing;
    this.nanoTime = nanoTime;
    this.notBefore = nanoTime.getAsLong();
    this.refresh = new ToolsRefresh(definition.name(), this::listAgain);
  }

  String name() {
    return definition.name();
  }

  /** Begins to connect, unless it is connected, at it already, or failed a moment ago. */
  CompletableFuture<Conversation> connect() {
    lock.lock();
    try {
      if (closed) {
        return CompletableFuture.failedFuture(unavailable("it was closed"));
      }
      var current = attempt;
      if (current != null) {
        return current;
      }
      var pause = notBefore - nanoTime.getAsLong();
      if (pause > 0) {
        return CompletableFuture.failedFuture(
            unavailable(trouble + " (next attempt in " + seconds(pause) + ")"));
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
        mine.completeExceptionally(unavailable("it was closed"));
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
              : List.<dev.caisson.mcp.stubs.Catalogue.ToolSignature>of();
      learn(new ServerTools(name(), shortened(greeting.instructions()), tools));
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

  /** The catalogue's limit for a namespace's description is 16 KiB of UTF-8. */
  private static String shortened(String instructions) {
    return instructions.substring(0, Math.min(instructions.length(), 4 * 1024));
  }

  private void learn(ServerTools tools) {
    lock.lock();
    try {
      lastKnown = tools;
      failures = 0;
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
      var pause = FIRST_PAUSE_NANOS << Math.min(failures, 10);
      failures++;
      notBefore = nanoTime.getAsLong() + Math.min(pause, LONGEST_PAUSE_NANOS);
    } finally {
      lock.unlock();
    }
    of.close();
    if (news) {
      log.warn("MCP server '{}' is not available: {}", name(), because);
    }
    mine.completeExceptionally(unavailable(because));
  }

  private void forget(CompletableFuture<Conversation> old, String because) {
    lock.lock();
    try {
      if (attempt != old || !old.isDone()) {
        return; // An attempt that is going on reports for itself.
      }
      attempt = null;
      trouble = because;
      notBefore = nanoTime.getAsLong();
    } finally {
      lock.unlock();
    }
    log.warn("MCP server '{}' was lost: {}", name(), because);
    if (!old.isCompletedExceptionally()) {
      Thread.ofVirtual().name("close-" + name()).start(() -> old.join().close());
    }
  }

  /**
   * The tools, waiting for a first connection at most this long. A server whose tools were never
   * seen is described too, with the reason: its name means something in code.
   */
  ServerTools describe(Duration patience) throws InterruptedException {
    var connecting = connect();
    var known = lastKnown();
    if (known.isPresent()) {
      return known.get();
    }
    try {
      var ignored = connecting.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      log.debug("{}: no tools", name()); // The attempt has said why.
    } catch (TimeoutException notYet) {
      log.warn("MCP server '{}' is still starting; its tools are not there yet", name());
    }
    return lastKnown()
        .orElseGet(() ->
            ServerTools.unavailable(
                name(), cut(unavailable(trouble().orElse(STILL_STARTING)).reason())));
  }

  private Optional<ServerTools> lastKnown() {
    lock.lock();
    try {
      return Optional.ofNullable(lastKnown);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The catalogue's limit for a reason is 4 KiB of UTF-8, in which a char needs 3 bytes at most.
   */
  private static String cut(String reason) {
    return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "…";
  }

  /** Why the server cannot be used at the moment; empty when it can, or has not been tried. */
  Optional<String> trouble() {
    lock.lock();
    try {
      if (!trouble.isEmpty()) {
        return Optional.of(trouble);
      }
      return lastKnown == null ? Optional.of(STILL_STARTING) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** Calls a tool; once more on a new connection when the first was stale before it was used. */
  ToolAnswer call(String tool, String argumentsJson) throws InterruptedException {
    // Nobody reads the arguments on their way; what is no JSON would be no message either.
    if (!RawJson.isJson(argumentsJson) || !RawJson.isObject(argumentsJson)) {
      return new ToolAnswer.Failed(Reason.INVALID_ARGUMENTS, "the arguments are not a JSON object");
    }
    try {
      var connection = connect();
      try {
        return call(connection, tool, argumentsJson);
      } catch (LostConnectionException stale) {
        if (stale.delivery() != Delivery.NOT_DELIVERED) {
          throw stale;
        }
        // The wire reports the loss as well, but perhaps later than we come back here.
        forget(connection, stale.reason());
        return call(connect(), tool, argumentsJson);
      }
    } catch (LostConnectionException lost) {
      return new ToolAnswer.Failed(Reason.UNAVAILABLE, unavailable(lost.reason()).reason());
    } catch (RpcErrorException error) {
      var reason =
          error.code() == McpSchema.ErrorCodes.INVALID_PARAMS
              ? Reason.INVALID_ARGUMENTS
              : Reason.TOOL_ERROR;
      return new ToolAnswer.Failed(reason, error.text());
    } catch (TimeoutException late) {
      return new ToolAnswer.Failed(
          Reason.TIMED_OUT,
          "tool '%s' of server '%s' did not answer within %d s"
              .formatted(tool, name(), timing.call().toSeconds()));
    }
  }

  private ToolAnswer call(CompletableFuture<Conversation> connection, String tool, String arguments)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var answer =
        connected(connection)
            .ask(
                McpSchema.METHOD_TOOLS_CALL,
                "{\"name\":" + RawJson.quoted(tool) + ",\"arguments\":" + arguments + "}",
                timing.call());
    answer.lease().closeWithThisThread();
    var members = RawJson.members(answer.result());
    if (!members.begins("content", "[") && !members.has("structuredContent")) {
      return new ToolAnswer.Failed(
          Reason.TOOL_ERROR, "the answer has neither 'content' nor 'structuredContent'");
    }
    return new ToolAnswer.Relayed(answer.result(), !members.begins("isError", "true"));
  }

  private Conversation connected(CompletableFuture<Conversation> connection)
      throws LostConnectionException, InterruptedException {
    try {
      // The attempt has its own deadlines; this one only guards against our own mistakes.
      return connection.get(timing.connect().plus(timing.list()).toSeconds() + 5, TimeUnit.SECONDS);
    } catch (ExecutionException problem) {
      // The reason alone: call() puts the server's name before it.
      throw new LostConnectionException(
          trouble().orElse(String.valueOf(problem.getCause())), Delivery.UNKNOWN);
    } catch (TimeoutException late) {
      throw new LostConnectionException("connecting takes too long", Delivery.UNKNOWN);
    }
  }

  private LostConnectionException unavailable(String reason) {
    return new LostConnectionException(
        "MCP server '" + name() + "' is not available: " + reason, Delivery.UNKNOWN);
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

  /**
   * Reads the tools of the connection that there is now; one that is not the newest learns nothing.
   */
  private void listAgain() {
    var connection = current();
    if (connection.isEmpty()) {
      return; // It was lost; the next connection lists its own.
    }
    try {
      var conversation = connection.get().get(timing.connect().toMillis(), TimeUnit.MILLISECONDS);
      var tools = new ToolListing(conversation, name()).all(timing.list());
      lock.lock();
      try {
        if (attempt == connection.get()) {
          var before = lastKnown;
          lastKnown = new ServerTools(name(), before == null ? "" : before.description(), tools);
        }
      } finally {
        lock.unlock();
      }
    } catch (LostConnectionException
        | RpcErrorException
        | TimeoutException
        | ExecutionException
        | InterruptedException problem) {
      log.warn("MCP server '{}': its changed tools could not be read; the old ones stay", name());
    }
  }

  private Optional<CompletableFuture<Conversation>> current() {
    lock.lock();
    try {
      return Optional.ofNullable(attempt);
    } finally {
      lock.unlock();
    }
  }

  /** What one connection tells us; runs on the wire's thread, so work moves to another one. */
  private final class Events implements Conversation.Listener {
    private final CompletableFuture<Conversation> connection;

    Events(CompletableFuture<Conversation> connection) {
      this.connection = connection;
    }

    @Override
    public void toolsChanged() {
      refresh.changed();
    }

    @Override
    public void lost(String reason) {
      forget(connection, reason);
    }
  }
}
