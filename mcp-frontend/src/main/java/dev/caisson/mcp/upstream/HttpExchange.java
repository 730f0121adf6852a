package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * One request over Streamable HTTP with all that comes for it, or the stream of what a server says
 * of its own accord. A stream that breaks goes on after its last event, when the server has given
 * that an id. For one thread, which waits here for the server; an interrupt ends it.
 */
final class HttpExchange {

  static final String NO_SESSION = "it no longer knows our session";

  /** Attempts to go on with a stream, one after the other, that brought nothing. */
  private static final int MOST_ATTEMPTS = 5;

  /** A stream that lasted so long is not in vain. */
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(10);

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final HttpLink link;
  private final HttpSession session;
  private final ByteBudget incoming;
  private final FloodGate flood;
  private final Wire.Receiver receiver;

  HttpExchange(
      HttpLink link,
      HttpSession session,
      ByteBudget incoming,
      FloodGate flood,
      Wire.Receiver receiver) {
    this.link = link;
    this.session = session;
    this.incoming = incoming;
    this.flood = flood;
    this.receiver = receiver;
  }

  /** Sends a request and gives the receiver its answer; throws when there will be none. */
  void answer(Message.Request request, byte[] body, ByteBudget.Lease lease)
      throws IOException, InterruptedException, LostConnectionException {
    var id = Message.plainId(request.id());
    try (var reply = link.post(link.url(), body, session.headers(request))) {
      lease.close();
      if (!reply.isGood()) {
        refused(request, reply);
      } else if (reply.isJson()) {
        begin(request, reply);
        json(reply, id);
      } else if (reply.isEvents()) {
        begin(request, reply);
        stream(Optional.of(id), Optional.of(reply));
      } else {
        throw lost(HttpLink.unexpected(reply));
      }
    }
  }

  private void begin(Message.Request request, HttpReply reply) throws LostConnectionException {
    if (request.method().equals("initialize")) {
      session.begin(reply);
    }
  }

  /** A JSON-RPC error comes with a status of HTTP as well. */
  private void refused(Message.Request request, HttpReply reply) throws LostConnectionException {
    var beginning = reply.beginning();
    if (session.isGone(reply, beginning)) {
      throw new LostConnectionException(NO_SESSION, Delivery.NOT_DELIVERED);
    }
    var error = error(beginning);
    if (error.isPresent()) {
      receiver.received(new Message.Refusal(request.id(), error.get()), incoming.lease());
      return;
    }
    var delivery =
        switch (reply.status()) {
          case 401, 403, 407, 429, 503 -> Delivery.UNKNOWN;
          default -> Delivery.REFUSED;
        };
    throw new LostConnectionException(HttpLink.explain(reply, beginning), delivery);
  }

  private static Optional<String> error(String body) {
    if (!RawJson.isJson(body)) {
      return Optional.empty();
    }
    var members = RawJson.members(body);
    return members.text("jsonrpc").isPresent() && members.begins("error", "{")
        ? members.raw("error")
        : Optional.empty();
  }

  private void json(HttpReply reply, String id)
      throws IOException, LostConnectionException, InterruptedException {
    CountedBytes.Text text;
    try (var bytes = new CountedBytes(incoming)) {
      bytes.addAll(reply.body());
      text = bytes.text();
    } catch (IOException broken) {
      throw interruptedOr(broken);
    }
    if (deliver(text, Optional.of(id))) {
      return;
    }
    throw lost("its answer is not the JSON-RPC answer to the request");
  }

  /**
   * Reads a stream until the answer has come, or, when there is none to come, until the server
   * offers no more of it.
   */
  private void stream(Optional<String> id, Optional<HttpReply> first)
      throws IOException, InterruptedException, LostConnectionException {
    var reply = first;
    var lastId = Optional.<String>empty();
    var pause = PAUSE;
    var inVain = 0;
    while (true) {
      if (reply.isPresent()) {
        var opened = System.nanoTime();
        try (var open = reply.get()) {
          var events = new EventStream(open.body(), incoming, flood, lastId);
          var progress = events(events, id, open);
          if (progress == Progress.ANSWERED) {
            return;
          }
          // Where nothing happens, a proxy ends streams of its own accord.
          var moved =
              progress == Progress.SOME
                  || !events.lastId().equals(lastId)
                  || System.nanoTime() - opened > LONG_ENOUGH.toNanos();
          inVain = moved ? 0 : inVain;
          lastId = events.lastId();
          pause = events.retry().orElse(pause);
        }
      }
      inVain++;
      if (id.isPresent() && (lastId.isEmpty() || !session.isLegacy())) {
        throw lost("it closed the stream before the answer came");
      }
      if (inVain > MOST_ATTEMPTS) {
        throw lost(
            "it closed the stream before the answer came, and nothing more came in "
                + MOST_ATTEMPTS
                + " attempts to go on");
      }
      Thread.sleep(bounded(pause));
      reply = reopened(lastId);
    }
  }

  /** The wait that the server asks for, within reason. */
  static Duration bounded(Duration pause) {
    if (pause.compareTo(SHORTEST_PAUSE) < 0) {
      return SHORTEST_PAUSE;
    }
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  private enum Progress {
    NONE,
    SOME,
    ANSWERED
  }

  /** Reads until the answer, or the end of this connection. */
  private Progress events(EventStream events, Optional<String> id, HttpReply reply)
      throws InterruptedException, LostConnectionException {
    var progress = Progress.NONE;
    try {
      for (var event = events.next(); event != null; event = events.next()) {
        progress = Progress.SOME;
        if (!event.type().equals("message")) {
          event.lease().close();
          flood.pass();
        } else if (deliver(new CountedBytes.Text(event.data(), event.lease()), id)) {
          reply.beginning(); // The stream ends here, and its connection can be used again.
          return Progress.ANSWERED;
        }
      }
    } catch (IOException broken) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
    }
    return progress;
  }

  /** The rest of a stream; empty when it could not be asked for and it is worth another attempt. */
  private Optional<HttpReply> reopened(Optional<String> lastId)
      throws InterruptedException, LostConnectionException {
    var headers = new LinkedHashMap<>(session.headers());
    lastId.ifPresent(after -> headers.put("Last-Event-ID", after));
    HttpReply reply;
    try {
      reply = link.events(link.url(), headers);
    } catch (IOException problem) {
      return Optional.empty();
    }
    if (reply.isGood() && reply.isEvents()) {
      return Optional.of(reply);
    }
    try (reply) {
      var beginning = reply.beginning();
      if (session.isGone(reply, beginning)) {
        // What was asked before has arrived, and must not be asked again.
        throw lost(NO_SESSION);
      }
      throw lost("it closed the stream and does not go on: " + HttpLink.explain(reply, beginning));
    }
  }

  /** Gives on a message; true when it was the answer that was waited for. */
  private boolean deliver(CountedBytes.Text text, Optional<String> id) throws InterruptedException {
    Optional<Message> read;
    try {
      read = Message.read(text.text());
    } catch (JacksonException noJson) {
      read = Optional.empty();
    }
    var message = read.or(() -> id.flatMap(known -> unaddressed(text.text(), known)));
    var answers = message.flatMap(HttpExchange::answered);
    if (answers.isPresent() && answers.equals(id)) {
      receiver.received(message.get(), text.lease());
      return true;
    }
    if (message.isEmpty() || answers.isPresent()) {
      text.lease().close();
      flood.pass();
      return false;
    }
    flood.pass();
    receiver.received(message.get(), text.lease());
    return false;
  }

  /** An error without an id, on the stream of one request alone. */
  private static Optional<Message> unaddressed(String text, String id) {
    return error(text).map(error -> new Message.Refusal(RawJson.quoted(id), error));
  }

  private static Optional<String> answered(Message message) {
    return switch (message) {
      case Message.Answer answer -> Optional.of(Message.plainId(answer.id()));
      case Message.Refusal refusal -> Optional.of(Message.plainId(refusal.id()));
      default -> Optional.empty();
    };
  }

  /** Hears what the server says of its own accord; returns when it does not offer that. */
  void hear() throws IOException, InterruptedException, LostConnectionException {
    HttpReply first = link.events(link.url(), session.headers());
    if (first.isGood() && first.isEvents()) {
      stream(Optional.empty(), Optional.of(first));
      return;
    }
    try (first) {
      if (session.isGone(first, first.beginning())) {
        throw new LostConnectionException(NO_SESSION, Delivery.NOT_DELIVERED);
      }
    }
  }

  private static IOException interruptedOr(IOException broken) throws InterruptedException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedException();
    }
    return broken;
  }

  private static LostConnectionException lost(String why) {
    return new LostConnectionException(why, Delivery.UNKNOWN);
  }
}
