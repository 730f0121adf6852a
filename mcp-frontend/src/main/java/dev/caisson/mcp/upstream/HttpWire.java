package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server over Streamable HTTP, in both eras. Each message is a POST, whose response is or brings
 * the answer. In the older era one more stream brings what the server says of its own accord.
 */
final class HttpWire implements Wire {

  private static final Logger log = LoggerFactory.getLogger(HttpWire.class);
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final ServerDefinition.Http definition;
  private final HttpLink link;
  private final ByteBudget incoming;
  private final Supplier<FloodGate> floodGates;
  private final HttpSession session = new HttpSession();
  private final Postings postings;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile Receiver receiver = new Deaf();

  HttpWire(
      ServerDefinition.Http definition,
      HttpClient client,
      ByteBudget incoming,
      ByteBudget outgoing,
      Supplier<FloodGate> floodGates) {
    this.definition = definition;
    this.link = new HttpLink(definition, client);
    this.incoming = incoming;
    this.floodGates = floodGates;
    this.postings = new Postings(definition.name(), link, outgoing, this::post);
  }

  @Override
  public void open(Receiver to) {
    receiver = to;
    postings.open(to);
  }

  @Override
  public void speak(Revision revision) {
    session.speak(revision);
  }

  @Override
  public Optional<String> learn(String tool, String inputSchema) {
    return session.learn(tool, inputSchema);
  }

  @Override
  public void send(Message message) throws LostConnectionException {
    postings.send(message);
  }

  private HttpExchange exchange() {
    return new HttpExchange(link, session, incoming, floodGates.get(), receiver);
  }

  private void post(Message message, byte[] body, ByteBudget.Lease lease)
      throws IOException, InterruptedException, LostConnectionException {
    if (message instanceof Message.Request request) {
      exchange().answer(request, body, lease);
      return;
    }
    try (var reply = link.post(link.url(), body, session.headers(message))) {
      var beginning = reply.beginning();
      if (session.isGone(reply, beginning)) {
        throw new LostConnectionException(HttpExchange.NO_SESSION, Delivery.NOT_DELIVERED);
      }
      if (!reply.isGood()) {
        log.debug("{}: HTTP status {} for a notification", definition.name(), reply.status());
      }
    }
    if (message instanceof Message.Notification(var method, var params)
        && method.equals("notifications/initialized")) {
      postings.run("events", () -> exchange().hear());
    }
  }

  @Override
  public void withdraw(String requestId, Message.Notification cancelled)
      throws LostConnectionException {
    try {
      if (session.isLegacy()) {
        send(cancelled);
      }
    } finally {
      // In the newer era, the end of the response is the cancellation.
      postings.drop(requestId);
    }
  }

  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    postings.close();
    if (session.isLegacy() && session.hasId() && !postings.isLost()) {
      try {
        link.delete(session.headers(), FAREWELL);
      } catch (IOException | LostConnectionException unwilling) {
        log.debug("{}: no farewell", definition.name());
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
