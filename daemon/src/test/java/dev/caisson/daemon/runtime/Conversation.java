package dev.caisson.daemon.runtime;

import dev.caisson.daemon.runtime.SandboxConnection.Inbound;
import dev.caisson.daemon.runtime.SandboxConnection.Origin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Speaks with a program line by line. For one thread of a test. */
public final class Conversation {

  private final SandboxConnection connection;
  private final Map<Origin, ByteArrayOutputStream> heard = new EnumMap<>(Origin.class);

  public Conversation(RunningSandbox sandbox) {
    this.connection = sandbox.connection();
    for (Origin origin : Origin.values()) {
      heard.put(origin, new ByteArrayOutputStream());
    }
  }

  public void say(String line) throws IOException {
    connection.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  /** Says a line and gives the next line of the worker. */
  public String ask(String line) throws IOException {
    say(line);
    return nextLine(Origin.WORKER);
  }

  /** The next line from there; fails when the streams end before. */
  public String nextLine(Origin origin) throws IOException {
    while (true) {
      String text = text(origin);
      int end = text.indexOf('\n');
      if (end >= 0) {
        keep(origin, text.substring(end + 1));
        return text.substring(0, end);
      }
      if (!hear()) {
        throw new IOException("the streams ended after '" + text + "'");
      }
    }
  }

  /** Everything from there until the streams end. */
  public String rest(Origin origin) throws IOException {
    while (hear()) {
      // Gathers what there is.
    }
    return text(origin);
  }

  /** Reads and throws away until so many bytes came from the worker, and gives their number. */
  public long count(long bytes) throws IOException {
    long count = 0;
    while (count < bytes) {
      Optional<Inbound> piece = connection.read();
      if (piece.isEmpty()) {
        return count;
      }
      count += piece.get().bytes().remaining();
    }
    return count;
  }

  private boolean hear() throws IOException {
    Optional<Inbound> piece = connection.read();
    piece.ifPresent(inbound -> {
      byte[] bytes = new byte[inbound.bytes().remaining()];
      inbound.bytes().get(bytes);
      stream(inbound.origin()).writeBytes(bytes);
    });
    return piece.isPresent();
  }

  private String text(Origin origin) {
    return stream(origin).toString(StandardCharsets.UTF_8);
  }

  private void keep(Origin origin, String text) {
    stream(origin).reset();
    stream(origin).writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private ByteArrayOutputStream stream(Origin origin) {
    return Objects.requireNonNull(heard.get(origin));
  }
}
