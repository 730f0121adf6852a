package dev.caisson.mcp.tools;

import dev.caisson.mcp.text.BoundedLines;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpServerSession;
import io.modelcontextprotocol.spec.McpServerTransport;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import io.modelcontextprotocol.spec.ProtocolVersions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The server's side of MCP over standard streams, for one client.
 *
 * <p>Threads: {@link #serve} reads on the thread that calls it. Each request runs on a virtual
 * thread of its own, except {@code initialize}, which is handled on the reader so that what follows
 * finds an initialised session; notifications are handled on the reader, in order. Whoever has
 * something to say writes it under {@link #writing}.
 *
 * <p>A line that is no message is answered with an error and changes nothing else. A cancelled
 * request has its thread interrupted, and nothing is sent for it any more. At the end of input the
 * requests in flight get a little time, then their threads are interrupted.
 *
 * <p>Requires handlers that run on the thread that asks ("immediate execution" of the SDK):
 * otherwise the interrupt of a cancellation does not reach them.
 */
public final class StdioServerTransport implements McpServerTransportProvider {

  private static final Logger log = LoggerFactory.getLogger(StdioServerTransport.class);

  /** A program is at most 1 MiB; escaped as JSON it can grow sixfold. */
  private static final int LINE_LIMIT = 8 * 1024 * 1024;

  private static final Duration STOPPING = Duration.ofSeconds(3);

  private final InputStream input;
  private final OutputStream output;
  private final Duration drain;
  private final IncomingMessages incoming;
  private final ReentrantLock writing = new ReentrantLock();
  private final Map<Object, InFlight> inFlight = new ConcurrentHashMap<>();
  private @Nullable McpServerSession session;
  private Map<String, DirectAnswer> directAnswers = Map.of();
  private boolean initializeSeen;
  private boolean initializedSeen;
  private volatile boolean deaf;

  /** A request whose thread has not ended. */
  private static final class InFlight {
    private final Thread thread;
    private volatile boolean cancelled;

    /** Set before the answer is written: a client that has read it may use the id again at once. */
    private volatile boolean answered;

    InFlight(Thread thread) {
      this.thread = thread;
    }

    void cancel() {
      cancelled = true;
      thread.interrupt();
    }
  }

  /**
   * @param drain how long requests in flight may go on after the end of input
   */
  public StdioServerTransport(InputStream input, OutputStream output, Duration drain) {
    this.input = input;
    this.output = output;
    this.drain = drain;
    this.incoming = new IncomingMessages(LINE_LIMIT);
  }

  @Override
  public List<String> protocolVersions() {
    return List.of(
        ProtocolVersions.MCP_2024_11_05,
        ProtocolVersions.MCP_2025_03_26,
        ProtocolVersions.MCP_2025_06_18,
        ProtocolVersions.MCP_2025_11_25);
  }

  @Override
  public void setSessionFactory(McpServerSession.Factory factory) {
    session = factory.create(new Outgoing());
  }

  /**
   * Takes requests away from the SDK's server, by their method. To be called before {@link #serve}.
   */
  void answerDirectly(Map<String, DirectAnswer> answers) {
    directAnswers = Map.copyOf(answers);
  }

  /** Reads until the end of input, and returns when everything in flight is over. */
  public void serve() {
    var current = session;
    if (current == null) {
      throw new IllegalStateException("no server has been built on this transport");
    }
    try {
      var lines = new BoundedLines(input, LINE_LIMIT);
      for (var line = lines.next(); line != null && !deaf; line = lines.next()) {
        accept(line, current);
      }
    } catch (IOException problem) {
      log.warn("standard input failed: {}", problem.getMessage());
    }
    drain();
  }

  private void accept(BoundedLines.Line line, McpServerSession to) {
    switch (incoming.parse(line)) {
      case IncomingMessages.Blank blank -> {}
      case IncomingMessages.Refused refused ->
          refuse(refused.id(), refused.code(), refused.message());
      case IncomingMessages.Accepted accepted -> {
        switch (accepted.message()) {
          case JSONRPCRequest request -> request(request, to);
          case JSONRPCNotification notification -> notification(notification, to);
          case JSONRPCMessage response -> to.handle(response).subscribe();
        }
      }
    }
  }

  private void request(JSONRPCRequest request, McpServerSession to) {
    if (request.method().equals(McpSchema.METHOD_PING)) {
      send(JSONRPCResponse.result(request.id(), Map.of()));
    } else if (request.method().equals(McpSchema.METHOD_INITIALIZE)) {
      if (initializeSeen) {
        refuse(request.id(), McpSchema.ErrorCodes.INVALID_REQUEST, "initialize came twice");
        return;
      }
      initializeSeen = true;
      handle(request, to);
    } else {
      // A client that has our answer to initialize may ask at once: its notification is implied.
      if (initializeSeen && !initializedSeen) {
        initialized(to);
      }
      if (!initializeSeen && isOfSession(request.method())) {
        refuse(
            request.id(),
            McpSchema.ErrorCodes.INVALID_REQUEST,
            "send 'initialize' before '" + request.method() + "'");
        return;
      }
      inBackground(request, to);
    }
  }

  private boolean isOfSession(String method) {
    return method.startsWith("tools/") || directAnswers.containsKey(method);
  }

  private void inBackground(JSONRPCRequest request, McpServerSession to) {
    var thread =
        Thread.ofVirtual().name("request-" + request.id()).unstarted(() -> handle(request, to));
    var mine = new InFlight(thread);
    var holder = inFlight.merge(request.id(), mine, (old, next) -> old.answered ? next : old);
    if (holder != mine) {
      refuse(
          request.id(),
          McpSchema.ErrorCodes.INVALID_REQUEST,
          "a request with this id is still in progress");
      return;
    }
    thread.start();
  }

  private void handle(JSONRPCRequest request, McpServerSession to) {
    try {
      var direct = directAnswers.get(request.method());
      if (direct == null) {
        to.handle(request).block();
      } else {
        send(answer(request, direct));
      }
    } catch (RuntimeException problem) {
      // The session answers errors itself; what comes here is an interrupt or a dead output.
      log.debug("request {} ended: {}", request.id(), problem.toString());
    } finally {
      // Only its own entry: the next request of this id may have taken its place.
      inFlight.computeIfPresent(
          request.id(), (id, holder) -> holder.thread == Thread.currentThread() ? null : holder);
    }
  }

  private static JSONRPCResponse answer(JSONRPCRequest request, DirectAnswer direct) {
    try {
      var parameters = new LinkedHashMap<String, Object>();
      if (request.params() instanceof Map<?, ?> given) {
        given.forEach((name, value) -> parameters.put(String.valueOf(name), value));
      }
      return JSONRPCResponse.result(request.id(), direct.to(parameters));
    } catch (DirectAnswer.RequestRefusedException refusal) {
      return error(request, refusal.code(), refusal.explanation());
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      return error(request, McpSchema.ErrorCodes.INTERNAL_ERROR, "the request was cancelled");
    } catch (RuntimeException bug) {
      log.warn("{} failed", request.method(), bug);
      return error(
          request, McpSchema.ErrorCodes.INTERNAL_ERROR, request.method() + " failed: " + bug);
    }
  }

  private static JSONRPCResponse error(JSONRPCRequest request, int code, String message) {
    return JSONRPCResponse.error(request.id(), new JSONRPCResponse.JSONRPCError(code, message));
  }

  private void notification(JSONRPCNotification notification, McpServerSession to) {
    switch (notification.method()) {
      case McpSchema.METHOD_NOTIFICATION_INITIALIZED -> {
        if (!initializedSeen && initializeSeen) {
          initialized(to);
        }
      }
      case "notifications/cancelled" -> {
        if (notification.params() instanceof Map<?, ?> parameters
            && parameters.get("requestId") instanceof Object id) {
          var request = inFlight.get(id);
          if (request != null) {
            request.cancel();
          }
        }
      }
      default -> log.debug("notification {} ignored", notification.method());
    }
  }

  private void initialized(McpServerSession to) {
    initializedSeen = true;
    to.handle(new JSONRPCNotification(McpSchema.METHOD_NOTIFICATION_INITIALIZED)).subscribe();
  }

  private void drain() {
    await(drain);
    inFlight.values().forEach(InFlight::cancel);
    await(STOPPING);
  }

  private void await(Duration limit) {
    var deadline = System.nanoTime() + limit.toNanos();
    for (var request : inFlight.values()) {
      try {
        request.thread.join(Duration.ofNanos(Math.max(deadline - System.nanoTime(), 1)));
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void refuse(@Nullable Object id, int code, String message) {
    // By hand: the SDK's response type has no room for an id of null, which JSON-RPC asks for here.
    var error = new LinkedHashMap<String, @Nullable Object>();
    error.put("jsonrpc", "2.0");
    error.put("id", id);
    error.put("error", Map.of("code", code, "message", message));
    write(error);
  }

  private void send(JSONRPCMessage message) {
    if (message instanceof JSONRPCResponse response && response.id() != null) {
      var request = inFlight.get(response.id());
      if (request != null && request.cancelled) {
        return;
      }
      if (request != null) {
        request.answered = true;
      }
    }
    write(writable(message));
  }

  /**
   * The SDK's type for an elicitation has no JSON form under Jackson 3.2: its `mode` is there
   * twice.
   */
  private static JSONRPCMessage writable(JSONRPCMessage message) {
    return message instanceof JSONRPCRequest request
            && request.params() instanceof McpSchema.ElicitFormRequest form
        ? new JSONRPCRequest(
            request.method(),
            request.id(),
            Map.of("message", form.message(), "requestedSchema", form.requestedSchema()))
        : message;
  }

  private void write(Object message) {
    byte[] bytes;
    try {
      bytes =
          (McpJsonDefaults.getMapper().writeValueAsString(message) + "\n")
              .getBytes(StandardCharsets.UTF_8);
    } catch (IOException problem) {
      throw new IllegalStateException("a message of ours has no JSON form", problem);
    }
    if (deaf) {
      return;
    }
    writing.lock();
    try {
      output.write(bytes);
      output.flush();
    } catch (IOException gone) {
      deaf = true;
    } finally {
      writing.unlock();
    }
    if (deaf) {
      log.warn("the client does not read any more; what is running is cancelled");
      inFlight.values().forEach(InFlight::cancel);
    }
  }

  @Override
  public Mono<Void> notifyClients(String method, Object parameters) {
    return Mono.fromRunnable(() -> send(new JSONRPCNotification(method, parameters)));
  }

  @Override
  public Mono<Void> closeGracefully() {
    return Mono.empty();
  }

  /** The SDK's view of the way out. */
  private final class Outgoing implements McpServerTransport {
    @Override
    public Mono<Void> sendMessage(JSONRPCMessage message) {
      return Mono.fromRunnable(() -> send(message));
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
      return McpJsonDefaults.getMapper().convertValue(data, type);
    }

    @Override
    public Mono<Void> closeGracefully() {
      return Mono.empty();
    }
  }
}
