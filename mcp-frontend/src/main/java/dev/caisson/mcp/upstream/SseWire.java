package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;

/**
 * A server over HTTP with SSE, as MCP had it in 2024: all answers come on one stream of events,
 * whose first event says where messages are posted. A message that is too large for us ends the
 * connection: on a stream for all, nobody can tell whose it was.
 */
final class SseWire implements Wire {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpLink link;
  private final ByteBudget incoming;
  private final Supplier<FloodGate> floodGates;
  private final Postings postings;
  private final CompletableFuture<URI> endpoint = new CompletableFuture<>();
  private volatile Map<String, String> headers = Map.of();
  private volatile Receiver receiver = new Deaf();

  SseWire(
      ServerDefinition.Http definition,
      HttpClient client,
      ByteBudget incoming,
      ByteBudget outgoing,
      Supplier<FloodGate> floodGates) {
    this.link = new HttpLink(definition, client);
    this.incoming = incoming;
    this.floodGates = floodGates;
    this.postings = new Postings(definition.name(), link, outgoing, this::post);
  }

  @Override
  public void open(Receiver to) throws LostConnectionException {
    receiver = to;
    postings.open(to);
    postings.run("events", this::listen);
    try {
      var ignored = endpoint.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException problem) {
      throw problem.getCause() instanceof LostConnectionException why
          ? why
          : new LostConnectionException(String.valueOf(problem.getCause()), Delivery.UNKNOWN);
    } catch (TimeoutException late) {
      throw new LostConnectionException(
          "its event stream does not say within "
              + PATIENCE.toSeconds()
              + " s where to post messages",
          Delivery.NOT_DELIVERED);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new LostConnectionException("it was closed", Delivery.NOT_DELIVERED);
    }
  }

  @Override
  public void speak(Revision revision) {
    headers = Map.of("MCP-Protocol-Version", revision.version());
  }

  @Override
  public void send(Message message) throws LostConnectionException {
    postings.send(message);
  }

  private void post(Message message, byte[] body, ByteBudget.Lease lease)
      throws IOException, InterruptedException, LostConnectionException {
    try (var reply = link.post(endpoint.join(), body, headers)) {
      var beginning = reply.beginning();
      if (!reply.isGood()) {
        throw new LostConnectionException(HttpLink.explain(reply, beginning), Delivery.REFUSED);
      }
    }
  }

  private void listen() throws InterruptedException {
    try (var reply = link.events(link.url(), Map.of())) {
      if (!reply.isGood()) {
        throw new LostConnectionException(
            HttpLink.explain(reply, reply.beginning()), Delivery.REFUSED);
      }
      if (!reply.isEvents()) {
        throw new LostConnectionException(HttpLink.unexpected(reply), Delivery.REFUSED);
      }
      read(reply);
      lost(refused("it closed its event stream"));
    } catch (IOException problem) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      lost(refused(link.explain(problem)));
    } catch (LostConnectionException why) {
      lost(why);
    }
  }

  private void lost(LostConnectionException why) {
    endpoint.completeExceptionally(why);
    postings.broken(why.reason());
  }

  private void read(HttpReply reply)
      throws IOException, InterruptedException, LostConnectionException {
    var flood = floodGates.get();
    var events = new EventStream(reply.body(), incoming, flood, Optional.empty());
    for (var event = events.next(); event != null; event = events.next()) {
      if (event.type().equals("endpoint")) {
        event.lease().close();
        flood.pass();
        endpoint.complete(address(event.data()));
      } else {
        receive(event, flood);
      }
    }
  }

  /** Messages go with our headers: only to the origin that they are meant for. */
  private URI address(String given) throws LostConnectionException {
    URI address;
    try {
      address = link.url().resolve(given.strip());
    } catch (IllegalArgumentException noAddress) {
      throw refused("the address that it wants messages posted to is none");
    }
    if (!HttpLink.sameOrigin(address, link.url())) {
      throw refused(
          "it wants messages posted to another origin than that of its 'url' ("
              + HttpLink.cut(address.getScheme() + "://" + address.getRawAuthority())
              + ")");
    }
    return address;
  }

  private static LostConnectionException refused(String why) {
    return new LostConnectionException(why, Delivery.NOT_DELIVERED);
  }

  private void receive(EventStream.Event event, FloodGate flood) throws InterruptedException {
    Optional<Message> message;
    try {
      message = Message.read(event.data());
    } catch (JacksonException noJson) {
      message = Optional.empty();
    }
    if (message.isEmpty()) {
      event.lease().close();
      flood.pass();
      return;
    }
    if (!(message.get() instanceof Message.Answer)) {
      flood.pass();
    }
    receiver.received(message.get(), event.lease());
  }

  @Override
  public void withdraw(String requestId, Message.Notification cancelled)
      throws LostConnectionException {
    send(cancelled);
    postings.drop(requestId);
  }

  @Override
  public void close() {
    postings.close();
  }
}
