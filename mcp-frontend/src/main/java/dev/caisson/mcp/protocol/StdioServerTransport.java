package dev.caisson.mcp.protocol;

import dev.caisson.mcp.text.BoundedLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * MCP over standard streams, for one client.
 *
 * <p>Threads: {@link #serve} reads on the thread that calls it and hands each message to the
 * connection. Whoever has something to say writes it under {@link #writing}.
 *
 * <p>A line that is no message is answered with an error and changes nothing else. At the end of
 * input the requests in flight get a little time, then their threads are interrupted.
 */
public final class StdioServerTransport {

  private static final Logger log = LoggerFactory.getLogger(StdioServerTransport.class);

  /** A program is at most 1 MiB; escaped as JSON it can grow sixfold. */
  private static final int LINE_LIMIT = 8 * 1024 * 1024;

  private final InputStream input;
  private final OutputStream output;
  private final Duration drain;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile boolean deaf;

  /**
   * @param drain how long requests in flight may go on after the end of input
   */
  public StdioServerTransport(InputStream input, OutputStream output, Duration drain) {
    this.input = input;
    this.output = output;
    this.drain = drain;
  }

  /** Reads until the end of input, and returns when everything in flight is over. */
  public void serve(Dispatcher dispatcher) {
    var client = dispatcher.connect();
    Outlet outlet = message -> write(message, client);
    try {
      var lines = new BoundedLines(input, LINE_LIMIT);
      for (var line = lines.next(); line != null && !deaf; line = lines.next()) {
        client.receive(message(line), outlet);
      }
    } catch (IOException problem) {
      log.warn("standard input failed: {}", problem.getMessage());
    }
    client.finish(drain);
  }

  private static Incoming message(BoundedLines.Line line) {
    return line.whole()
        ? IncomingMessages.parse(line.text())
        : new Incoming.Malformed(
            null,
            ErrorCodes.INVALID_REQUEST,
            "the message is longer than " + (LINE_LIMIT >> 20) + " MiB");
  }

  private void write(Map<String, ?> message, Connection client) {
    var bytes = (Json.text(message) + "\n").getBytes(StandardCharsets.UTF_8);
    if (deaf) {
      return;
    }
    writing.lock();
    try {
      output.write(bytes);
      output.flush();
    } catch (IOException gone) {
      deaf = true;
    } finally {
      writing.unlock();
    }
    if (deaf) {
      log.warn("the client does not read any more; what is running is cancelled");
      client.cancelAll();
    }
  }
}
