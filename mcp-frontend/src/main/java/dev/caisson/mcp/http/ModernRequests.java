package dev.caisson.mcp.http;

import dev.caisson.mcp.http.Tokens.Principal;
import dev.caisson.mcp.protocol.Connection;
import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.Incoming;
import dev.caisson.mcp.protocol.RequestRefusedException;
import dev.caisson.mcp.protocol.Revisions;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * Clients of revision 2026-07-28: each request is on its own, and is cancelled when its client does
 * not wait any more. Any thread.
 */
final class ModernRequests {

  private final ModernClients clients;
  private final HttpLimits.Streams limits;
  private final Semaphore requests;
  private final Map<EventStream, Connection> open = new ConcurrentHashMap<>();

  ModernRequests(ModernClients clients, HttpLimits.Streams limits, Semaphore requests) {
    this.clients = clients;
    this.limits = limits;
    this.requests = requests;
  }

  /** A message that came with POST. */
  void post(Request request, Response response, Principal who, Incoming message, Accepted taken)
      throws RefusedException, IOException, InterruptedException {
    switch (message) {
      case Incoming.Request asked -> {
        if (!taken.json() || !taken.events()) {
          throw new RefusedException(
              406, "accept application/json and text/event-stream: an answer is one or the other");
        }
        check(request, asked);
        answer(response, who, asked, taken);
      }
      case Incoming.Notification told -> {
        var version = String.valueOf(request.getHeaders().get(ModernHeaders.VERSION));
        if (!Revisions.isModern(version)) {
          throw new RefusedException(400, null, Revisions.unsupported(version));
        }
        // The revision has none that a server would act on: a request is cancelled by hanging up.
        Responses.empty(response, 202);
      }
      default -> throw new RefusedException(400, "send a request or a notification");
    }
  }

  private static void check(Request request, Incoming.Request asked) throws RefusedException {
    try {
      ModernHeaders.check(asked, request.getHeaders()::getValuesList);
    } catch (RequestRefusedException refusal) {
      throw new RefusedException(400, asked.id(), refusal);
    }
  }

  private void answer(Response response, Principal who, Incoming.Request asked, Accepted taken)
      throws RefusedException, IOException, InterruptedException {
    Busy.enter(requests, asked.id());
    var stream =
        new EventStream(
            new ReentrantLock(),
            EventStream.Keeper.NONE,
            new EventStream.Endings(Optional.empty(), Optional.empty(), requests::release));
    try (var reader = stream.read(0)) {
      var connection = clients.connect(who);
      open.put(stream, connection);
      connection.receive(asked, stream);
      Responses.answer(
          response,
          reader,
          new Responses.Form(
              taken,
              ModernRequests::status,
              OptionalLong.empty(),
              false,
              limits.patience(),
              limits.watch()));
    } finally {
      cancel(stream);
    }
  }

  private void cancel(EventStream stream) {
    var connection = open.remove(stream);
    if (connection != null && stream.isOpen()) {
      connection.cancelAll();
    }
    stream.end();
  }

  /** Cancels all that are in progress. */
  void cancelAll() {
    open.keySet().forEach(this::cancel);
  }

  private static int status(int failure) {
    return switch (failure) {
      case ErrorCodes.METHOD_NOT_FOUND -> 404;
      case ErrorCodes.PARSE_ERROR,
          ErrorCodes.INVALID_REQUEST,
          ErrorCodes.INVALID_PARAMS,
          ErrorCodes.HEADER_MISMATCH,
          ErrorCodes.MISSING_CLIENT_CAPABILITY,
          ErrorCodes.UNSUPPORTED_PROTOCOL_VERSION ->
          400;
      default -> 200;
    };
  }
}
