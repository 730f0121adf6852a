package dev.caisson.mcp.upstream;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait for a server to read its input, bounded in number and in bytes. Any thread may
 * offer; one takes.
 */
final class Outgoing implements AutoCloseable {

  /** Messages. */
  static final int MOST = 1024;

  static final String TOO_MANY = "the server does not read its input: " + MOST + " messages wait";

  private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(MOST);
  private final ByteBudget budget;
  private volatile boolean closed;

  /** A message as the line that is written; closed when it was. */
  record Waiting(byte[] line, ByteBudget.Lease lease) implements AutoCloseable {
    @Override
    public void close() {
      lease.close();
    }
  }

  Outgoing(ByteBudget budget) {
    this.budget = budget;
  }

  /** Adds a message, or says why there is no room for it. */
  Optional<String> offer(Message message) {
    var line = (message.json() + "\n").getBytes(StandardCharsets.UTF_8);
    var lease = budget.lease();
    if (!lease.grow(line.length)) {
      return Optional.of(noRoom(line.length));
    }
    var waiting = new Waiting(line, lease);
    if (!queue.offer(waiting)) {
      lease.close();
      return Optional.of(TOO_MANY);
    }
    if (closed) {
      close();
    }
    return Optional.empty();
  }

  /** Why a message of so many bytes cannot wait. */
  static String noRoom(int bytes) {
    return "the message of "
        + (bytes + 1023) / 1024
        + " KiB does not fit: what waits to be read by this server, or by all, has used up its"
        + " memory; pass smaller arguments, or make fewer calls at once";
  }

  /** The next message; null when none came for a moment. */
  @Nullable Waiting next() throws InterruptedException {
    return queue.poll(200, TimeUnit.MILLISECONDS);
  }

  /** Drops what waits. */
  @Override
  public void close() {
    closed = true;
    for (var left = queue.poll(); left != null; left = queue.poll()) {
      left.close();
    }
  }
}
