package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
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
 * What is said to one server and what it says, as blocking requests that many threads may make at
 * once. Parameters and results are raw JSON: what a server sends reaches the code as it was sent,
 * also where it is newer than the SDK's types.
 *
 * <p>{@link #request} runs on the caller's thread; the receiver methods run on the wire's. A caller
 * that times out or is interrupted tells the server so and forgets the request, so a late answer is
 * dropped.
 */
final class Conversation implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Conversation.class);

  private final String server;
  private final Wire wire;
  private final Listener listener;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<String, CompletableFuture<Answer>> open = new ConcurrentHashMap<>();
  private volatile @Nullable String lostBecause;
  private volatile Revision revision = Revision.NONE;

  /** Hears what the server does of its own accord. Must not block. */
  interface Listener {
    void toolsChanged();

    void lost(String reason);
  }

  /** A result, a JSON object, and the memory that it takes; whoever has it closes the lease. */
  record Answer(String result, ByteBudget.Lease lease) {}

  Conversation(String server, Wire wire, Listener listener) {
    this.server = server;
    this.wire = wire;
    this.listener = listener;
  }

  void open() throws LostConnectionException {
    wire.open(new Incoming());
  }

  /** Speaks so from now on. */
  void speak(Revision to) {
    revision = to;
    wire.speak(to);
  }

  Revision revision() {
    return revision;
  }

  boolean isLost() {
    return lostBecause != null;
  }

  /** Why a tool with this schema cannot be called; empty when it can. */
  Optional<String> learn(String tool, String inputSchema) {
    return wire.learn(tool, inputSchema);
  }

  /** Sends a notification without parameters. */
  void tell(String method) throws LostConnectionException {
    wire.send(new Message.Notification(method, "{}"));
  }

  /** Sends a request with these parameters, a JSON object, and waits for its answer, another. */
  String request(String method, String parameters, Duration timeout)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var answer = ask(method, parameters, timeout);
    answer.lease().close();
    return answer.result();
  }

  /** As {@link #request}, for an answer that is kept for a while. */
  Answer ask(String method, String parameters, Duration timeout)
      throws LostConnectionException, RpcErrorException, TimeoutException, InterruptedException {
    var id = String.valueOf(ids.incrementAndGet());
    var answer = new CompletableFuture<Answer>();
    var taken = false;
    open.put(id, answer);
    try {
      var lost = lostBecause;
      if (lost != null) {
        throw new LostConnectionException(lost, Delivery.NOT_DELIVERED);
      }
      wire.send(new Message.Request(id, method, revision.dressed(parameters)));
      var got = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (RawJson.isObject(got.result())) {
        taken = true;
        return got;
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
      open.remove(id);
      if (!taken) {
        // One may come at this very moment.
        var ignored = answer.thenAccept(late -> late.lease().close());
      }
    }
  }

  private void withdraw(String id, String method) {
    if (method.equals(McpSchema.METHOD_INITIALIZE) || method.equals(Handshake.DISCOVER)) {
      return; // The specification forbids to cancel the one; the other may be new to the server.
    }
    try {
      wire.withdraw(
          id,
          new Message.Notification(
              "notifications/cancelled",
              "{\"requestId\":" + id + ",\"reason\":\"the caller no longer waits\"}"));
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
    public void received(Message message, ByteBudget.Lease lease) {
      if (message instanceof Message.Answer(var id, var result)) {
        var waiting = waiting(id);
        if (waiting.isEmpty() || !waiting.get().complete(new Answer(result, lease))) {
          lease.close();
        }
        return;
      }
      lease.close();
      switch (message) {
        case Message.Answer handled -> {}
        case Message.Refusal(var id, var error) ->
            waiting(id).ifPresent(answer -> answer.completeExceptionally(refusal(error)));
        case Message.Request request -> asked(request);
        case Message.Notification(var method, var params) -> told(method, params);
      }
    }

    private void told(String method, String params) {
      if (method.equals(McpSchema.METHOD_NOTIFICATION_TOOLS_LIST_CHANGED)
          && isOfOpenSubscription(params)) {
        listener.toolsChanged();
      } else if (method.equals("notifications/cancelled") && revision.isModern()) {
        // The server ends a subscription.
        RawJson.members(params)
            .raw("requestId")
            .flatMap(this::waiting)
            .ifPresent(answer ->
                answer.completeExceptionally(
                    new LostConnectionException("the server ended it", Delivery.UNKNOWN)));
      }
    }

    /** One that names none is of the only one. */
    private boolean isOfOpenSubscription(String params) {
      var meta = RawJson.members(RawJson.members(params).raw("_meta").orElse("{}"));
      return meta.raw(Revision.SUBSCRIPTION)
          .map(id -> open.containsKey(Message.plainId(id)))
          .orElse(true);
    }

    private Optional<CompletableFuture<Answer>> waiting(String id) {
      var answer = open.get(Message.plainId(id));
      if (answer == null) {
        log.debug("{}: answer to a request that nobody waits for", server);
      }
      return Optional.ofNullable(answer);
    }

    private static RpcErrorException refusal(String error) {
      var members = RawJson.members(error);
      var code = members.raw("code").filter(raw -> raw.matches("-?[0-9]{1,9}"));
      return new RpcErrorException(
          code.map(Integer::parseInt).orElse(McpSchema.ErrorCodes.INTERNAL_ERROR),
          members.text("message").orElse("it gave no message"),
          members.raw("data").orElse("{}"));
    }

    private void asked(Message.Request request) {
      if (revision.isModern()) {
        log.debug("{}: a request, which this revision does not know", server);
        return; // Nor may it be answered.
      }
      var reply =
          request.method().equals(McpSchema.METHOD_PING)
              ? new Message.Answer(request.id(), "{}")
              : new Message.Refusal(
                  request.id(),
                  RawJson.of(
                      Map.of(
                          "code",
                          McpSchema.ErrorCodes.METHOD_NOT_FOUND,
                          "message",
                          "This client does not offer " + request.method())));
      try {
        wire.send(reply);
      } catch (LostConnectionException gone) {
        log.debug("{}: gone before it was answered", server);
      }
    }

    @Override
    public void failed(String requestId, LostConnectionException why) {
      waiting(requestId).ifPresent(answer -> answer.completeExceptionally(why));
    }

    @Override
    public void lost(String reason) {
      abandon(reason);
      listener.lost(reason);
    }
  }
}
