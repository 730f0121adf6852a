package dev.caisson.mcp.upstream;

import dev.caisson.mcp.relay.ToolAnswer;
import dev.caisson.mcp.relay.ToolAnswer.Reason;
import dev.caisson.mcp.stubs.Catalogue.ServerTools;
import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
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
 * One server of the servers file: its tools as they were last seen, and calls of them. The tools of
 * a server that was lost stay in the catalogue, so that code gets a clear error instead of an
 * unknown name.
 */
final class UpstreamServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(UpstreamServer.class);
  private static final String STILL_STARTING = "it is still starting";
  private static final int LONGEST_REASON = 1_000;

  private final String name;
  private final Timing timing;
  private final ServerConnection connection;
  private final ToolsRefresh refresh;
  private final ReentrantLock lock = new ReentrantLock();
  // Both guarded by lock.
  private final Freshness freshness;
  private @Nullable ServerTools lastKnown;

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
    this.name = definition.name();
    this.timing = timing;
    this.connection = new ServerConnection(definition, wires, timing, nanoTime, new Heard());
    this.freshness = new Freshness(nanoTime);
    this.refresh = new ToolsRefresh(name, this::listAgain);
  }

  String name() {
    return name;
  }

  /** Begins to connect, unless it is connected, at it already, or failed a moment ago. */
  void connect() {
    var ignored = connection.connect();
  }

  /**
   * The tools. While they were never seen, the server is waited for at most so long, and no longer
   * than the patience that is counted from its first start: a server that hangs holds up the first
   * run and not each. It is described without tools then, with the reason: its name means something
   * in code.
   */
  ServerTools describe(Duration patience, Duration atMost) throws InterruptedException {
    var connecting = connection.connect();
    var known = lastKnown();
    if (known.isPresent()) {
      refreshWhenOld();
      return known.get();
    }
    var left = connection.leftOf(patience);
    var wait = left.compareTo(atMost) < 0 ? left : atMost;
    try {
      var ignored = connecting.get(Math.max(wait.toNanos(), 0), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      log.debug("{}: no tools", name); // The attempt has said why.
    } catch (TimeoutException notYet) {
      log.warn("MCP server '{}' is still starting; its tools are not there yet", name);
    }
    return lastKnown()
        .orElseGet(() ->
            ServerTools.unavailable(name, cut(unavailable(trouble().orElse(STILL_STARTING)))));
  }

  /** Whoever asks meanwhile gets the old ones: a run does not wait for a list. */
  private void refreshWhenOld() {
    lock.lock();
    try {
      if (!freshness.isOver()) {
        return;
      }
    } finally {
      lock.unlock();
    }
    refresh.changed();
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

  private String unavailable(String reason) {
    return "MCP server '" + name + "' is not available: " + reason;
  }

  /** Why the server cannot be used at the moment; empty when it can. */
  Optional<String> trouble() {
    return connection
        .trouble()
        .or(() -> lastKnown().isEmpty() ? Optional.of(STILL_STARTING) : Optional.empty());
  }

  /** Calls a tool; once more on a new connection when the first was stale before it was used. */
  ToolAnswer call(String tool, String argumentsJson) throws InterruptedException {
    // Nobody reads the arguments on their way; what is no JSON would be no message either.
    if (!RawJson.isJson(argumentsJson) || !RawJson.isObject(argumentsJson)) {
      return new ToolAnswer.Failed(Reason.INVALID_ARGUMENTS, "the arguments are not a JSON object");
    }
    try {
      var first = connection.connect();
      try {
        return call(first, tool, argumentsJson);
      } catch (LostConnectionException stale) {
        if (stale.delivery() != Delivery.NOT_DELIVERED) {
          throw stale;
        }
        // The wire reports the loss as well, but perhaps later than we come back here.
        connection.forget(first, stale.reason());
        return call(connection.connect(), tool, argumentsJson);
      }
    } catch (LostConnectionException lost) {
      return new ToolAnswer.Failed(Reason.UNAVAILABLE, unavailable(lost.reason()));
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
              .formatted(tool, name, timing.call().toSeconds()));
    }
  }

  private ToolAnswer call(CompletableFuture<Conversation> on, String tool, String arguments)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var answer = answer(connection.await(on), tool, arguments);
    answer.lease().closeWithThisThread();
    var members = RawJson.members(answer.result());
    if (!members.begins("content", "[") && !members.has("structuredContent")) {
      return new ToolAnswer.Failed(
          Reason.TOOL_ERROR, "the answer has neither 'content' nor 'structuredContent'");
    }
    return new ToolAnswer.Relayed(answer.result(), !members.begins("isError", "true"));
  }

  private Conversation.Answer answer(Conversation conversation, String tool, String arguments)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var parameters = "{\"name\":" + RawJson.quoted(tool) + ",\"arguments\":" + arguments + "}";
    try {
      var answer =
          new RoundTrips(conversation, Inputs.NOBODY)
              .ask(McpSchema.METHOD_TOOLS_CALL, parameters, timing.call());
      connection.answered();
      return answer;
    } catch (RpcErrorException error) {
      connection.answered();
      throw error;
    }
  }

  /**
   * Reads the tools of the connection that there is now; one that is not the newest teaches
   * nothing.
   */
  private void listAgain() {
    var current = connection.current();
    if (current.isEmpty()) {
      return; // It was lost; the next connection lists its own.
    }
    try {
      var listed = new ToolListing(connection.await(current.get()), name).all(timing.list());
      lock.lock();
      try {
        if (connection.current().equals(current)) {
          var before = lastKnown;
          lastKnown =
              new ServerTools(name, before == null ? "" : before.description(), listed.tools());
          freshness.renewed(listed.timeToLive());
        }
      } finally {
        lock.unlock();
      }
    } catch (LostConnectionException
        | RpcErrorException
        | TimeoutException
        | InterruptedException problem) {
      log.warn("MCP server '{}': its changed tools could not be read; the old ones stay", name);
    }
  }

  @Override
  public void close() {
    connection.close();
  }

  private final class Heard implements ServerConnection.Listener {

    @Override
    public void connected(String instructions, ToolListing.Listed listed) {
      // The catalogue's limit for a namespace's description is 16 KiB of UTF-8.
      var description = instructions.substring(0, Math.min(instructions.length(), 4 * 1024));
      lock.lock();
      try {
        lastKnown = new ServerTools(name, description, listed.tools());
        freshness.renewed(listed.timeToLive());
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void toolsChanged() {
      refresh.changed();
    }
  }
}
