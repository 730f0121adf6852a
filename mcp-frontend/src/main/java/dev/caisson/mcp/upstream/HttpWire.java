package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.client.transport.McpHttpClientTransportAuthorizationException;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import io.modelcontextprotocol.spec.ProtocolVersions;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server over Streamable HTTP, on the SDK's transport. Its reactive types end here. Redirects are
 * not followed: they would carry our headers to another host.
 */
final class HttpWire implements Wire {

  private static final Logger log = LoggerFactory.getLogger(HttpWire.class);
  private static final int RESPONSE_LIMIT = 32 * 1024 * 1024;

  /** Characters of what the transport says; a whole page of HTML may be in it. */
  private static final int LONGEST_REASON = 500;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final ServerDefinition.Http definition;
  private final ByteBudget incoming;
  private final HttpClient.Builder client;
  private final HttpClientStreamableHttpTransport transport;
  private final AtomicBoolean lost = new AtomicBoolean();
  private volatile String version = ProtocolVersions.MCP_2025_11_25;
  private volatile Receiver receiver = new Deaf();

  HttpWire(ServerDefinition.Http definition, ByteBudget incoming) {
    this.definition = definition;
    this.incoming = incoming;
    this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    var request = HttpRequest.newBuilder();
    definition.headers().forEach(request::setHeader);
    this.transport =
        HttpClientStreamableHttpTransport.builder(definition.url().toString())
            .endpoint(definition.url().toString())
            .clientBuilder(client)
            .requestBuilder(request)
            .jsonMapper(new SdkMessages())
            .connectTimeout(CONNECT_TIMEOUT)
            .maxResponseSize(RESPONSE_LIMIT)
            .build();
  }

  @Override
  public void open(Receiver to) {
    receiver = to;
    transport
        .connect(message ->
            message.doOnNext(received -> SdkMessages.ours(received).ifPresent(this::receive)))
        .subscribe(ignored -> {}, this::broken);
    transport.setExceptionHandler(problem -> log.debug("{}: {}", definition.name(), name(problem)));
  }

  private void receive(Message message) {
    var lease = incoming.lease();
    // The transport has read it already; what waits to be passed on is bounded all the same.
    if (message instanceof Message.Answer(var id, var result) && !lease.grow(result.length())) {
      receiver.failed(
          Message.plainId(id), new LostConnectionException(MessageLines.NO_ROOM, Delivery.UNKNOWN));
      return;
    }
    receiver.received(message, lease);
  }

  @Override
  public void agreed(String protocolVersion) {
    version = protocolVersion;
  }

  @Override
  public void send(Message message) throws LostConnectionException {
    if (lost.get()) {
      throw new LostConnectionException("the connection is closed", Delivery.NOT_DELIVERED);
    }
    transport
        .sendMessage(SdkMessages.theirs(message))
        .contextWrite(context -> context.put(McpAsyncClient.NEGOTIATED_PROTOCOL_VERSION, version))
        .subscribe(ignored -> {}, problem -> undelivered(message, problem));
  }

  private void undelivered(Message message, Throwable problem) {
    var gone = neverArrived(problem);
    if (message instanceof Message.Request request) {
      receiver.failed(
          request.id(),
          new LostConnectionException(
              explain(problem), gone ? Delivery.NOT_DELIVERED : Delivery.UNKNOWN));
    }
    if (gone) {
      broken(problem);
    }
  }

  private void broken(Throwable problem) {
    if (lost.compareAndSet(false, true)) {
      receiver.lost(explain(problem));
    }
  }

  /** True when a fresh connection is needed and the message had no effect. */
  private static boolean neverArrived(Throwable problem) {
    return problem instanceof McpTransportSessionNotFoundException
        || problem instanceof ConnectException
        || problem instanceof UnknownHostException
        || problem instanceof HttpConnectTimeoutException;
  }

  private String explain(Throwable problem) {
    return switch (problem) {
      case McpTransportSessionNotFoundException gone -> "it no longer knows our session";
      case HttpConnectTimeoutException slow ->
          "no connection within " + CONNECT_TIMEOUT.toSeconds() + " s";
      case ConnectException refused -> "nothing answers at " + definition.url();
      case UnknownHostException unknown -> "the host name of " + definition.url() + " is not known";
      case McpHttpClientTransportAuthorizationException denied ->
          "it refused our credentials (HTTP status "
              + denied.getResponseInfo().statusCode()
              + "); look at 'headers' in the servers file";
      default -> beginning(name(problem) + ": " + problem.getMessage());
    };
  }

  /** Cut without a mark: the end may be the beginning of a secret, which is looked for there. */
  private static String beginning(String text) {
    return text.substring(0, Math.min(text.length(), LONGEST_REASON));
  }

  private static String name(Throwable problem) {
    return problem.getClass().getSimpleName();
  }

  @Override
  public void close() {
    lost.set(true);
    try {
      transport.closeGracefully().block(FAREWELL);
    } catch (RuntimeException unwilling) {
      log.debug("{}: no farewell: {}", definition.name(), name(unwilling));
    }
  }
}
