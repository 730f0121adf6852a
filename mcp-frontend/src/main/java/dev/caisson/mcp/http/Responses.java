package dev.caisson.mcp.http;

import dev.caisson.mcp.protocol.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.IntUnaryOperator;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;

/** Writes answers. Each is written by one thread, which waits while the client does not read. */
final class Responses {

  private static final String JSON = "application/json";
  private static final String EVENTS = "text/event-stream";
  private static final ByteBuffer BEAT = bytes(":\n\n");

  private Responses() {}

  /**
   * How a stream is written.
   *
   * @param taken what the client reads
   * @param status of an answer that is plain JSON, by the code of its error or 0
   * @param number of the stream in its session, when it can be resumed
   * @param primed whether the client is told at once where to resume
   * @param patience how long an answer may take that still comes as plain JSON
   * @param beat how often a stream that nothing happens on says that it is alive
   */
  record Form(
      Accepted taken,
      IntUnaryOperator status,
      OptionalLong number,
      boolean primed,
      Duration patience,
      Duration beat) {}

  static void empty(Response response, int status) throws IOException {
    response.setStatus(status);
    write(response, true, ByteBuffer.allocate(0));
  }

  static void json(Response response, int status, Object body) throws IOException {
    json(response, status, bytes(Json.text(body)));
  }

  private static void json(Response response, int status, ByteBuffer body) throws IOException {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, JSON);
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    write(response, true, body);
  }

  static void refusal(Response response, RefusedException refusal) throws IOException {
    refusal.headers().forEach(response.getHeaders()::put);
    json(response, refusal.status(), refusal.body());
  }

  /** An answer that comes soon enough as it is; as a stream of events otherwise. */
  static void answer(Response response, EventStream.Reader reader, Form form)
      throws IOException, InterruptedException {
    var first = reader.next(form.patience());
    if (form.taken().json() && first.isPresent() && first.get().last()) {
      json(
          response,
          form.status().applyAsInt(first.get().failure()),
          first.get().json().duplicate());
      return;
    }
    beginEvents(response, form);
    if (first.isPresent()) {
      write(response, false, event(first.get(), form.number()));
    }
    events(response, reader, form);
  }

  /** A stream of events, from its start. */
  static void stream(Response response, EventStream.Reader reader, Form form)
      throws IOException, InterruptedException {
    beginEvents(response, form);
    events(response, reader, form);
  }

  private static void beginEvents(Response response, Form form) throws IOException {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, EVENTS);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache, no-transform");
    response.getHeaders().put("X-Accel-Buffering", "no");
    write(
        response,
        false,
        form.primed() && form.number().isPresent()
            ? bytes("id: " + EventId.text(form.number().getAsLong(), 0) + "\ndata: \n\n")
            : BEAT.duplicate());
  }

  private static void events(Response response, EventStream.Reader reader, Form form)
      throws IOException, InterruptedException {
    while (!reader.isOver()) {
      var event = reader.next(form.beat());
      if (event.isPresent()) {
        write(response, false, event(event.get(), form.number()));
      } else if (!reader.isOver()) {
        write(response, false, BEAT.duplicate());
      }
    }
    write(response, true, ByteBuffer.allocate(0));
  }

  private static ByteBuffer event(Event event, OptionalLong stream) {
    var id =
        stream.isPresent() ? "id: " + EventId.text(stream.getAsLong(), event.number()) + "\n" : "";
    var head = bytes("event: message\n" + id + "data: ");
    // JSON has no bare line feed, so the message is one line.
    var whole = ByteBuffer.allocate(head.remaining() + event.bytes() + 2);
    return whole.put(head).put(event.json().duplicate()).put(bytes("\n\n")).flip();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void write(Response response, boolean last, ByteBuffer bytes) throws IOException {
    Content.Sink.write(response, last, bytes);
  }
}
