package dev.caisson.daemon.runtime.docker;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/**
 * An engine that answers as the test says, or never.
 *
 * <p>Threads: one virtual thread accepts, one serves each connection.
 */
public final class ScriptedEngine implements AutoCloseable {

  /** An answer: status and body. */
  public record Answer(int status, String body) {}

  private final Path folder;
  private final ServerSocketChannel server;
  private final Function<String, Optional<Answer>> script;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch never = new CountDownLatch(1);

  /**
   * @param script from "METHOD /path" without version and query to the answer; empty: none, ever
   */
  public ScriptedEngine(Function<String, Optional<Answer>> script) throws IOException {
    this.script = script;
    this.folder = Files.createTempDirectory("caisson-engine");
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket()));
    Thread.ofVirtual().start(this::accept);
  }

  public Path socket() {
    return folder.resolve("engine.sock");
  }

  /** Every request so far, as "METHOD /path". */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  @Override
  public void close() throws IOException {
    never.countDown();
    server.close();
    Files.deleteIfExists(socket());
    Files.delete(folder);
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(connection), StandardCharsets.UTF_8));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        String request =
            line.replaceAll(" HTTP/1.1$", "")
                .replaceAll("\\?.*", "")
                .replaceAll(" /v1\\.\\d+/", " /");
        skipRest(reader);
        requests.add(request);
        Optional<Answer> answer = script.apply(request);
        if (answer.isEmpty()) {
          never.await();
          return;
        }
        send(connection, answer.get());
      }
    } catch (IOException e) {
      // The client left.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void skipRest(BufferedReader reader) throws IOException {
    int length = 0;
    boolean chunked = false;
    for (String line = reader.readLine();
        line != null && !line.isEmpty();
        line = reader.readLine()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
      chunked |= line.equalsIgnoreCase("Transfer-Encoding: chunked");
    }
    for (int i = 0; i < length; i++) {
      if (reader.read() < 0) {
        return;
      }
    }
    while (chunked) {
      String size = reader.readLine();
      reader.readLine();
      chunked = size != null && !size.equals("0");
    }
  }

  private static void send(SocketChannel connection, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 %d Scripted\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n%s\r\n"
            .formatted(
                answer.status(),
                answer.status() == 204 ? "" : "Content-Length: " + body.length + "\r\n");
    connection.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
    connection.write(ByteBuffer.wrap(body));
  }
}
