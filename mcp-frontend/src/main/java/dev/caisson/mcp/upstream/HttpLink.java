package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLException;

/**
 * HTTP requests to one server, with the headers of its entry. They go to the origin of its address
 * and nowhere else: a redirect to another one is not followed, because it would carry the headers
 * there. Any thread may use it.
 */
final class HttpLink {

  private static final int MOST_REDIRECTS = 3;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Characters of what the server or the system says. */
  private static final int LONGEST_REASON = 500;

  private final ServerDefinition.Http definition;
  private final HttpClient client;

  HttpLink(ServerDefinition.Http definition, HttpClient client) {
    this.definition = definition;
    this.client = client;
  }

  /**
   * A client for all servers. HTTP/1.1, in which what a server may send before it is read is a few
   * buffers for each response; in HTTP/2 it would be megabytes.
   */
  static HttpClient client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(CONNECT_TIMEOUT)
        .executor(Executors.newVirtualThreadPerTaskExecutor())
        .build();
  }

  URI url() {
    return definition.url();
  }

  /** Sends a message to this address. An interrupt of the thread ends the request. */
  HttpReply post(URI to, byte[] body, Map<String, String> headers)
      throws IOException, InterruptedException, LostConnectionException {
    return send(
        to,
        headers,
        request ->
            request
                .setHeader("Content-Type", "application/json")
                .setHeader("Accept", "application/json, text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  /** Asks for a stream of events. */
  HttpReply events(URI from, Map<String, String> headers)
      throws IOException, InterruptedException, LostConnectionException {
    return send(from, headers, request -> request.setHeader("Accept", "text/event-stream").GET());
  }

  /** Says that a session is over, and waits no longer than this for the answer. */
  void delete(Map<String, String> headers, Duration patience)
      throws IOException, InterruptedException, LostConnectionException {
    send(url(), headers, request -> request.timeout(patience).DELETE()).close();
  }

  private interface Kind {
    HttpRequest.Builder of(HttpRequest.Builder request);
  }

  private HttpReply send(URI to, Map<String, String> headers, Kind kind)
      throws IOException, InterruptedException, LostConnectionException {
    var address = to;
    for (var redirects = 0; ; redirects++) {
      var request = HttpRequest.newBuilder(address);
      definition.headers().forEach(request::setHeader);
      headers.forEach(request::setHeader);
      request.setHeader("Accept-Encoding", "identity");
      var reply =
          new HttpReply(client.send(kind.of(request).build(), BodyHandlers.ofInputStream()));
      if (reply.status() < 300 || reply.status() > 399) {
        return reply;
      }
      var next = target(address, reply);
      reply.beginning();
      reply.close();
      address = next;
      if (redirects == MOST_REDIRECTS) {
        throw lost("it redirects us again and again");
      }
    }
  }

  private URI target(URI from, HttpReply reply) throws LostConnectionException {
    URI target;
    try {
      target = from.resolve(reply.header("Location").orElse(""));
    } catch (IllegalArgumentException noAddress) {
      target = from;
    }
    // The other kinds make a GET of a POST.
    if ((reply.status() == 307 || reply.status() == 308)
        && !target.equals(from)
        && sameOrigin(target, url())) {
      return target;
    }
    reply.close();
    throw lost(
        "it redirects us (HTTP status "
            + reply.status()
            + ") to "
            + cut(target.getScheme() + "://" + target.getRawAuthority())
            + ", where the headers of the servers file do not belong; if that is right, put the new"
            + " address into 'url'");
  }

  private static LostConnectionException lost(String why) {
    return new LostConnectionException(why, Delivery.UNKNOWN);
  }

  /** Whether both are the same scheme, host and port. */
  static boolean sameOrigin(URI one, URI other) {
    return one.getScheme() != null
        && one.getHost() != null
        && one.getScheme().equalsIgnoreCase(other.getScheme())
        && one.getHost().equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  private static int port(URI address) {
    return address.getPort() >= 0
        ? address.getPort()
        : address.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  /** True when a fresh connection is needed and the message had no effect. */
  static boolean neverArrived(IOException problem) {
    return problem instanceof ConnectException
        || problem instanceof HttpConnectTimeoutException
        || problem instanceof UnknownHostException
        || problem instanceof javax.net.ssl.SSLHandshakeException;
  }

  /** What a failure of the network means. */
  String explain(IOException problem) {
    return switch (problem) {
      case HttpConnectTimeoutException slow ->
          "no connection within " + CONNECT_TIMEOUT.toSeconds() + " s";
      case HttpTimeoutException slow -> "it did not answer in time";
      case UnknownHostException unknown -> unknownHost();
      case ConnectException refused when isUnresolved(refused) -> unknownHost();
      case ConnectException refused -> "nothing answers at " + url();
      case SSLException insecure -> cut("no secure connection: " + insecure.getMessage());
      default ->
          cut(
              "the connection broke: "
                  + problem.getClass().getSimpleName()
                  + ": "
                  + problem.getMessage());
    };
  }

  private static boolean isUnresolved(Throwable problem) {
    var cause = problem;
    while (cause != null && !(cause instanceof UnresolvedAddressException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  private String unknownHost() {
    return "the host name of " + url() + " is not known";
  }

  /** What a status means that is not a good one, with the beginning of what came with it. */
  static String explain(HttpReply reply, String beginning) {
    var status = "HTTP status " + reply.status();
    return switch (reply.status()) {
      case 401, 403, 407 ->
          "it refused our credentials (" + status + "); look at 'headers' in the servers file";
      case 429, 503 ->
          "it takes no requests at the moment ("
              + status
              + ")"
              + reply
                  .header("Retry-After")
                  .filter(seconds -> seconds.matches("[0-9]{1,6}"))
                  .map(seconds -> "; it asks to wait " + seconds + " s")
                  .orElse("");
      default ->
          "it answered with " + status + (beginning.isBlank() ? "" : ": " + cut(beginning.strip()));
    };
  }

  /** Why a body is not what was asked for. */
  static String unexpected(HttpReply reply) {
    if (reply.isEncoded()) {
      return "it sent a packed answer (Content-Encoding), which was not asked for";
    }
    var type = reply.mediaType().isEmpty() ? "nothing" : "'" + reply.mediaType() + "'";
    return cut(
        "it answered with " + type + " instead of JSON or events: " + reply.beginning().strip());
  }

  /** Cut without a mark: the end may be the beginning of a secret, which is looked for there. */
  static String cut(String text) {
    return text.substring(0, Math.min(text.length(), LONGEST_REASON));
  }
}
