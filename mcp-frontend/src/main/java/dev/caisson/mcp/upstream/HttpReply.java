package dev.caisson.mcp.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What a server answered over HTTP, with a body that is still to be read. Closing one that was not
 * read to its end closes the connection too.
 */
final class HttpReply implements AutoCloseable {

  /** Bytes of a body that only says something about an error, or nothing. */
  private static final int SHORT = 4 * 1024;

  /** How long such a body may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final HttpResponse<InputStream> response;

  HttpReply(HttpResponse<InputStream> response) {
    this.response = response;
  }

  int status() {
    return response.statusCode();
  }

  boolean isGood() {
    return status() >= 200 && status() < 300;
  }

  Optional<String> header(String name) {
    return response.headers().firstValue(name);
  }

  InputStream body() {
    return response.body();
  }

  boolean isJson() {
    return mediaType().equals("application/json") && !isEncoded();
  }

  boolean isEvents() {
    return mediaType().equals("text/event-stream") && !isEncoded();
  }

  /** Nothing is unpacked: a small answer could become a huge one. */
  boolean isEncoded() {
    return header("Content-Encoding").filter(coding -> !coding.equals("identity")).isPresent();
  }

  /** What the body is, in small letters and without parameters; empty when nobody says. */
  String mediaType() {
    var type = header("Content-Type").orElse("");
    var end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads what is left when it is short and comes at once, so that the connection can be used
   * again; otherwise its beginning.
   */
  String beginning() {
    var bytes = new byte[SHORT];
    var length = 0;
    var slow = Thread.ofVirtual().start(this::closeAfterPatience);
    try {
      while (length < SHORT) {
        var count = body().read(bytes, length, SHORT - length);
        if (count < 0) {
          break;
        }
        length += count;
      }
    } catch (IOException broken) {
      // What there is has to do.
    } finally {
      slow.interrupt();
    }
    return isEncoded() ? "" : new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private void closeAfterPatience() {
    try {
      Thread.sleep(PATIENCE);
      close();
    } catch (InterruptedException read) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      body().close();
    } catch (IOException gone) {
      // Nobody needs it any more.
    }
  }
}
