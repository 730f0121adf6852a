package dev.caisson.mcp.http;

import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.RequestRefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Reads bodies, within limits of bytes and time. Any thread. */
final class Bodies {

  private final HttpLimits.Bodies limits;
  private final Semaphore bytes;

  Bodies(HttpLimits.Bodies limits) {
    this.limits = limits;
    this.bytes = new Semaphore(limits.atOnce());
  }

  /** A body; its bytes count until it is closed. */
  final class Body implements AutoCloseable {
    private ByteArrayOutputStream read = new ByteArrayOutputStream();
    private int counted;

    private void add(ByteBuffer part) throws RefusedException {
      var size = part.remaining();
      if (read.size() + size > limits.largest()) {
        throw tooLarge();
      }
      if (!bytes.tryAcquire(size)) {
        throw new RefusedException(
            503,
            "the bodies of requests that are worked on have %d MiB; try again later"
                .formatted(limits.atOnce() >> 20),
            Map.of("Retry-After", "1"));
      }
      var copy = new byte[size];
      part.get(copy);
      read.writeBytes(copy);
      counted += size;
    }

    /** Once: the bytes are not kept beside the text. */
    String text() throws RefusedException {
      var whole = ByteBuffer.wrap(read.toByteArray());
      read = new ByteArrayOutputStream(0);
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(whole).toString();
      } catch (CharacterCodingException problem) {
        throw new RefusedException(
            400,
            (Object) null,
            new RequestRefusedException(ErrorCodes.PARSE_ERROR, "the body is not UTF-8"));
      }
    }

    @Override
    public void close() {
      bytes.release(counted);
      counted = 0;
    }
  }

  private RefusedException tooLarge() {
    return new RefusedException(
        413, "the body is larger than %d bytes".formatted(limits.largest()));
  }

  /** Reads the whole of it. */
  Body read(Request request) throws RefusedException, IOException, InterruptedException {
    if (request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH) > limits.largest()) {
      throw tooLarge();
    }
    var body = new Body();
    try {
      readInto(body, request);
      return body;
    } catch (RefusedException | IOException | InterruptedException | RuntimeException failure) {
      body.close();
      throw failure;
    }
  }

  private void readInto(Body body, Request request)
      throws RefusedException, IOException, InterruptedException {
    var deadline = System.nanoTime() + limits.time().toNanos();
    while (true) {
      var chunk = request.read();
      if (chunk == null) {
        await(request, Duration.ofNanos(deadline - System.nanoTime()));
        continue;
      }
      if (Content.Chunk.isFailure(chunk)) {
        throw new IOException("the body did not come", chunk.getFailure());
      }
      try {
        body.add(chunk.getByteBuffer());
      } finally {
        chunk.release();
      }
      if (chunk.isLast()) {
        return;
      }
    }
  }

  private void await(Request request, Duration left) throws RefusedException, InterruptedException {
    var more = new CountDownLatch(1);
    request.demand(more::countDown);
    if (!more.await(left.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new RefusedException(
          408, "the body did not come within %d s".formatted(limits.time().toSeconds()));
    }
  }
}
