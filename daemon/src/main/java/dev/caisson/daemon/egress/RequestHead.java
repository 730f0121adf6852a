package dev.caisson.daemon.egress;

import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaders;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The head of a request in HTTP/1, read and found to mean one thing only. What two readers could
 * take for two different requests is refused, not mended.
 *
 * @param host as it stands in the target; empty in origin form
 * @param path what goes to the server: path and query
 * @param chunked whether the body comes in chunks; else it has {@code contentLength} bytes
 */
record RequestHead(
    String method,
    boolean connect,
    Optional<Authority> target,
    Optional<Authority> hostHeader,
    String path,
    boolean chunked,
    long contentLength,
    List<Map.Entry<String, String>> passedOn) {

  /**
   * A host and a port.
   *
   * @param host as it was asked for, in small letters and without the dot at its end
   */
  record Authority(String host, int port) {

    Authority {
      host = plain(host);
    }

    /** Whether this is the host of that name, however it is written. */
    boolean isHost(String name) {
      return host.equals(plain(name));
    }

    private static String plain(String host) {
      String lower = host.toLowerCase(Locale.ROOT);
      boolean absolute = lower.endsWith(".") && !lower.endsWith("..");
      return absolute ? lower.substring(0, lower.length() - 1) : lower;
    }
  }

  /** The request cannot be served. */
  static final class Unfit extends Exception {
    private static final long serialVersionUID = 1;

    Unfit(String message) {
      super(message);
    }
  }

  /** Headers about the connection to us, which the server has no part in. */
  private static final Set<String> OF_THE_CONNECTION =
      Set.of(
          "connection",
          "proxy-connection",
          "keep-alive",
          "proxy-authorization",
          "proxy-authenticate",
          "te",
          "trailer",
          "upgrade",
          "http2-settings",
          "transfer-encoding",
          "host");

  static RequestHead of(HttpRequest request) throws Unfit {
    if (!request.decoderResult().isSuccess()) {
      throw new Unfit("the request is not HTTP: " + request.decoderResult().cause().getMessage());
    }
    HttpVersion version = request.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      throw new Unfit("only HTTP/1.0 and HTTP/1.1 are served here, not " + version);
    }
    String method = request.method().name();
    if (!method.matches("[A-Z]{1,20}")) {
      throw new Unfit("the method is not one of capital letters");
    }
    HttpHeaders headers = request.headers();
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1 || (hosts.isEmpty() && version.equals(HttpVersion.HTTP_1_1))) {
      throw new Unfit("a request has one Host header, not " + hosts.size());
    }
    boolean connect = method.equals("CONNECT");
    Optional<Authority> hostHeader = Optional.empty();
    if (!hosts.isEmpty()) {
      hostHeader = Optional.of(authority(hosts.getFirst(), connect ? 443 : 80));
    }
    boolean chunked = chunked(headers, version);
    long length = contentLength(headers);
    if (chunked && length >= 0) {
      throw new Unfit("a request with both Content-Length and Transfer-Encoding");
    }
    String uri = request.uri();
    if (!uri.chars().allMatch(c -> c > ' ' && c < 0x7f) || uri.indexOf('#') >= 0) {
      throw new Unfit("the target of the request has characters that it may not have");
    }
    Optional<Authority> target = Optional.empty();
    String path = uri;
    if (connect) {
      target = Optional.of(authority(uri, -1));
      path = "";
      if (chunked || length > 0) {
        throw new Unfit("a CONNECT with a body");
      }
    } else if (uri.regionMatches(true, 0, "http://", 0, 7)) {
      int end = 7;
      while (end < uri.length() && "/?".indexOf(uri.charAt(end)) < 0) {
        end++;
      }
      target = Optional.of(authority(uri.substring(7, end), 80));
      path = uri.substring(end);
      if (!path.startsWith("/")) {
        path = "/" + path;
      }
    } else if (!uri.startsWith("/") && !uri.equals("*")) {
      throw new Unfit("only http:// is served in plain; for https:// a client uses CONNECT");
    }
    if (target.isPresent() && hostHeader.isPresent() && !target.get().equals(hostHeader.get())) {
      throw new Unfit("the request's target and its Host header name different hosts");
    }
    return new RequestHead(
        method, connect, target, hostHeader, path, chunked, Math.max(0, length), passedOn(headers));
  }

  /** The bytes for the server: our own words, with what may pass of the client's. */
  byte[] forServer(Authority host) {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(host.host());
    if (host.port() != 80) {
      head.append(':').append(host.port());
    }
    head.append("\r\n");
    for (Map.Entry<String, String> header : passedOn) {
      head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    if (chunked) {
      head.append("Transfer-Encoding: chunked\r\n");
    }
    head.append("Connection: close\r\n\r\n");
    return head.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<Map.Entry<String, String>> passedOn(HttpHeaders headers) throws Unfit {
    Set<String> dropped = new HashSet<>(OF_THE_CONNECTION);
    for (String line : headers.getAll(HttpHeaderNames.CONNECTION)) {
      for (String token : line.split(",")) {
        dropped.add(token.strip().toLowerCase(Locale.ROOT));
      }
    }
    // The length of the body is ours to say; a client must not have it dropped.
    dropped.remove("content-length");
    List<Map.Entry<String, String>> kept =
        headers.entries().stream()
            .filter(h -> !dropped.contains(h.getKey().toLowerCase(Locale.ROOT)))
            .toList();
    for (Map.Entry<String, String> header : kept) {
      if (!header.getKey().matches("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
          || header
              .getValue()
              .chars()
              .anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7f || c > 0xff)) {
        throw new Unfit("a header with characters that it may not have");
      }
    }
    return kept;
  }

  private static boolean chunked(HttpHeaders headers, HttpVersion version) throws Unfit {
    List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (encodings.isEmpty()) {
      return false;
    }
    if (encodings.size() > 1
        || !encodings.getFirst().equalsIgnoreCase("chunked")
        || version.equals(HttpVersion.HTTP_1_0)) {
      throw new Unfit("the only transfer encoding is one 'chunked', in HTTP/1.1");
    }
    return true;
  }

  private static long contentLength(HttpHeaders headers) throws Unfit {
    List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
    if (lengths.isEmpty()) {
      return -1;
    }
    if (lengths.size() > 1 || !lengths.getFirst().matches("[0-9]{1,18}")) {
      throw new Unfit("a Content-Length that is not one number");
    }
    return Long.parseLong(lengths.getFirst());
  }

  private static Authority authority(String text, int usualPort) throws Unfit {
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.endsWith("]");
    String host = colon < 0 || bracketed ? text : text.substring(0, colon);
    String port = colon < 0 || bracketed ? "" : text.substring(colon + 1);
    if (text.indexOf('@') >= 0 || text.length() > 300) {
      throw new Unfit("a host with user information, or longer than any host");
    }
    if (port.isEmpty() && (colon < 0 || bracketed) && usualPort > 0) {
      return new Authority(host, usualPort);
    }
    if (!port.matches("[0-9]{1,5}")
        || Integer.parseInt(port) < 1
        || Integer.parseInt(port) > 65_535) {
      throw new Unfit("a host without a port from 1 to 65535");
    }
    return new Authority(host, Integer.parseInt(port));
  }
}
