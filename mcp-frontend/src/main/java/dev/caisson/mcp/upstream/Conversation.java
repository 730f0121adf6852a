package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.ProtocolVersions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An initialised MCP session with one server, as blocking requests that many threads may make at
 * once. Results stay plain maps and lists: what a server sends reaches the code as it was sent,
 * also where it is newer than the SDK's types.
 *
 * <p>{@link #request} runs on the caller's thread; the receiver methods run on the wire's. A caller
 * that times out or is interrupted tells the server so and forgets the request, so a late answer is
 * dropped.
 */
final class Conversation implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Conversation.class);
  private static final List<String> VERSIONS =
      List.of(
          ProtocolVersions.MCP_2025_11_25,
          ProtocolVersions.MCP_2025_06_18,
          ProtocolVersions.MCP_2025_03_26,
          ProtocolVersions.MCP_2024_11_05);

  private final String server;
  private final Wire wire;
  private final Listener listener;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<String, CompletableFuture<Object>> open = new ConcurrentHashMap<>();
  private volatile @Nullable String lostBecause;

  /** Hears what the server does of its own accord. Must not block. */
  interface Listener {
    void toolsChanged();

    void lost(String reason);
  }

  /** What the server said of itself. */
  record Greeting(String instructions, boolean hasTools) {}

  Conversation(String server, Wire wire, Listener listener) {
    this.server = server;
    this.wire = wire;
    this.listener = listener;
  }

  /** Opens the wire and shakes hands. */
  Greeting greet(Duration timeout)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    wire.open(new Incoming());
    var parameters =
        Map.of(
            "protocolVersion", VERSIONS.getFirst(),
            "capabilities", Map.of(),
            "clientInfo", Map.of("name", "caisson", "version", "0.1.0"));
    var result = request(McpSchema.METHOD_INITIALIZE, parameters, timeout);
    var version = String.valueOf(result.get("protocolVersion"));
    if (!VERSIONS.contains(version)) {
      throw new LostConnectionException(
          "it speaks protocol version '" + version + "'; known are " + VERSIONS,
          Delivery.NOT_DELIVERED);
    }
    wire.agreed(version);
    wire.send(new JSONRPCNotification(McpSchema.METHOD_NOTIFICATION_INITIALIZED));
    var instructions = result.get("instructions");
    return new Greeting(
        instructions instanceof String text ? text : "",
        result.get("capabilities") instanceof Map<?, ?> can && can.containsKey("tools"));
  }

  /** Sends a request and waits for its answer, an object. */
  @SuppressWarnings("unchecked")
  Map<String, Object> request(String method, Map<String, ?> parameters, Duration timeout)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var id = ids.incrementAndGet();
    var answer = new CompletableFuture<Object>();
    open.put(String.valueOf(id), answer);
    try {
      var lost = lostBecause;
      if (lost != null) {
        throw new LostConnectionException(lost, Delivery.NOT_DELIVERED);
      }
      wire.send(new JSONRPCRequest(method, id, parameters));
      var result = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (result instanceof Map<?, ?> object) {
        return (Map<String, Object>) object;
      }
      throw new RpcErrorException(
          McpSchema.ErrorCodes.INTERNAL_ERROR, "the answer to " + method + " is not an object");
    } catch (ExecutionException problem) {
      switch (problem.getCause()) {
        case LostConnectionException lost -> throw lost;
        case RpcErrorException error -> throw error;
        case null, default -> throw new IllegalStateException(problem);
      }
    } catch (TimeoutException | InterruptedException given) {
      withdraw(id, method);
      throw given;
    } finally {
      open.remove(String.valueOf(id));
    }
  }

  private void withdraw(int id, String method) {
    if (method.equals(McpSchema.METHOD_INITIALIZE)) {
      return; // The specification forbids to cancel it.
    }
    try {
      wire.send(
          new JSONRPCNotification(
              "notifications/cancelled",
              Map.of("requestId", id, "reason", "the caller no longer waits")));
    } catch (LostConnectionException gone) {
      log.debug("{}: nobody to tell that request {} is withdrawn", server, id);
    }
  }

  @Override
  public void close() {
    abandon("the connection was closed");
    wire.close();
  }

  private void abandon(String reason) {
    if (lostBecause == null) {
      lostBecause = reason;
    }
    open.values()
        .forEach(answer ->
            answer.completeExceptionally(new LostConnectionException(reason, Delivery.UNKNOWN)));
  }

  private final class Incoming implements Wire.Receiver {

    @Override
    public void received(JSONRPCMessage message) {
      switch (message) {
        case JSONRPCResponse response -> answered(response);
        case JSONRPCRequest request -> asked(request);
        case JSONRPCNotification notification -> {
          if (notification.method().equals(McpSchema.METHOD_NOTIFICATION_TOOLS_LIST_CHANGED)) {
            listener.toolsChanged();
          }
        }
        default -> log.debug("{}: unknown kind of message", server);
      }
    }

    private void answered(JSONRPCResponse response) {
      var answer = open.get(String.valueOf(response.id()));
      if (answer == null) {
        log.debug("{}: answer to a request that nobody waits for", server);
        return;
      }
      var error = response.error();
      if (error != null) {
        var code = error.code() == null ? McpSchema.ErrorCodes.INTERNAL_ERROR : error.code();
        answer.completeExceptionally(new RpcErrorException(code, String.valueOf(error.message())));
      } else {
        answer.complete(response.result() == null ? Map.of() : response.result());
      }
    }

    private void asked(JSONRPCRequest request) {
      var reply =
          request.method().equals(McpSchema.METHOD_PING)
              ? JSONRPCResponse.result(request.id(), Map.of())
              : JSONRPCResponse.error(
                  request.id(),
                  new JSONRPCResponse.JSONRPCError(
                      McpSchema.ErrorCodes.METHOD_NOT_FOUND,
                      "This client does not offer " + request.method()));
      try {
        wire.send(reply);
      } catch (LostConnectionException gone) {
        log.debug("{}: gone before it was answered", server);
      }
    }

    @Override
    public void failed(Object requestId, LostConnectionException why) {
      var answer = open.get(String.valueOf(requestId));
      if (answer != null) {
        answer.completeExceptionally(why);
      }
    }

    @Override
    public void lost(String reason) {
      abandon(reason);
      listener.lost(reason);
    }
  }
}
