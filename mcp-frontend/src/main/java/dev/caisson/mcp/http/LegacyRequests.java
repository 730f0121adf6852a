package dev.caisson.mcp.http;

import dev.caisson.mcp.http.Tokens.Principal;
import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.Incoming;
import dev.caisson.mcp.protocol.Outlet;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * Clients up to revision 2025-11-25: each has a session, whose requests go on when the connection
 * of their answer breaks. Any thread.
 */
final class LegacyRequests {

  private static final String SESSION = "Mcp-Session-Id";
  private static final String LAST_EVENT = "Last-Event-ID";

  /** The first revision whose clients read an event without a message. */
  private static final String PRIMED = "2025-11-25";

  /** Longer than any run. */
  private static final Duration LONG = Duration.ofDays(7);

  private final LegacySessions sessions;
  private final HttpLimits.Streams limits;
  private final Semaphore requests;

  LegacyRequests(LegacySessions sessions, HttpLimits.Streams limits, Semaphore requests) {
    this.sessions = sessions;
    this.limits = limits;
    this.requests = requests;
  }

  /** A message that came with POST. */
  void post(Request request, Response response, Principal who, Incoming message, Accepted taken)
      throws RefusedException, IOException, InterruptedException {
    var id = request.getHeaders().get(SESSION);
    var greets = message instanceof Incoming.Request asked && asked.method().equals("initialize");
    var session = greets && id == null ? sessions.open(who) : sessions.use(id, who);
    try {
      response.getHeaders().put(SESSION, session.id());
      if (message instanceof Incoming.Request asked) {
        answer(request, response, session, asked, taken);
      } else {
        session.receive(message, unasked -> {});
        Responses.empty(response, 202);
      }
    } finally {
      sessions.leave(session);
    }
  }

  private void answer(
      Request request,
      Response response,
      LegacySession session,
      Incoming.Request asked,
      Accepted taken)
      throws RefusedException, IOException, InterruptedException {
    Busy.enter(requests, asked.id());
    var numbered = session.streams().open(asked.id(), requests::release);
    var stream = numbered.stream();
    try (var reader = stream.read(0)) {
      receive(session, asked, taken.events() ? stream : new AnswersOnly(stream, session));
      Responses.answer(
          response,
          reader,
          new Responses.Form(
              taken,
              failure -> 200,
              OptionalLong.of(numbered.number()),
              PRIMED.equals(request.getHeaders().get(ModernHeaders.VERSION)),
              taken.events() ? limits.patience() : LONG,
              limits.beat()));
    }
  }

  private static void receive(LegacySession session, Incoming.Request asked, Outlet outlet) {
    try {
      session.receive(asked, outlet);
    } catch (RuntimeException bug) {
      outlet.cancelled();
      throw bug;
    }
  }

  /** The stream that belongs to no request, or one that broke, from where it broke. */
  void get(Request request, Response response, Principal who, Accepted taken)
      throws RefusedException, IOException, InterruptedException {
    if (!taken.events()) {
      throw new RefusedException(406, "GET answers with text/event-stream only; accept it");
    }
    var session = sessions.use(request.getHeaders().get(SESSION), who);
    try {
      response.getHeaders().put(SESSION, session.id());
      var from = resumed(request);
      var stream =
          session
              .streams()
              .find(from.stream())
              .orElseThrow(() ->
                  new RefusedException(404, "nothing of this stream is kept any more; ask again"));
      try (var reader = stream.read(from.event())) {
        Responses.stream(
            response,
            reader,
            new Responses.Form(
                taken,
                failure -> 200,
                OptionalLong.of(from.stream()),
                false,
                Duration.ZERO,
                limits.beat()));
      }
    } finally {
      sessions.leave(session);
    }
  }

  private static EventId resumed(Request request) throws RefusedException {
    var last = Optional.ofNullable(request.getHeaders().get(LAST_EVENT));
    if (last.isEmpty()) {
      return new EventId(0, 0);
    }
    return EventId.parse(last.get())
        .orElseThrow(() -> new RefusedException(400, LAST_EVENT + " is no id of an event of ours"));
  }

  /** Ends the session. */
  void delete(Request request, Response response, Principal who)
      throws RefusedException, IOException {
    var session = sessions.use(request.getHeaders().get(SESSION), who);
    try {
      sessions.end(session);
    } finally {
      sessions.leave(session);
    }
    Responses.empty(response, 204);
  }

  /**
   * For a client that reads one JSON object: it cannot be told of anything else, and does not see a
   * question.
   */
  private record AnswersOnly(EventStream stream, LegacySession session) implements Outlet {

    @Override
    public void send(Map<String, ?> message) {
      if (!message.containsKey("method")) {
        stream.send(message);
      } else if (message.get("id") instanceof String question) {
        var failure =
            new Incoming.Response.Failure(
                ErrorCodes.INVALID_REQUEST, "the request does not accept text/event-stream");
        session.receive(new Incoming.Response(question, Map.of(), Optional.of(failure)), this);
      }
    }

    @Override
    public void cancelled() {
      stream.cancelled();
    }
  }
}
