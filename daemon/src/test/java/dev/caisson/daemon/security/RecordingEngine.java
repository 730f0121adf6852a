package dev.caisson.daemon.security;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A socket that passes everything on to the engine and remembers which calls went through. One
 * virtual thread accepts, and two carry the bytes of each connection.
 */
final class RecordingEngine implements AutoCloseable {

  private static final Path ENGINE = Path.of("/var/run/docker.sock");
  private static final Pattern CALL =
      Pattern.compile("(?:^|\\n)(GET|HEAD|POST|PUT|DELETE|PATCH) (\\S+) HTTP/1\\.1\\r");

  private final ServerSocketChannel server;
  private final Set<String> calls = Collections.synchronizedSet(new TreeSet<>());
  private final List<SocketChannel> open = Collections.synchronizedList(new ArrayList<>());

  private RecordingEngine(ServerSocketChannel server) {
    this.server = server;
  }

  static RecordingEngine open(Path socket) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    RecordingEngine engine = new RecordingEngine(server);
    Thread.ofVirtual().start(engine::accept);
    return engine;
  }

  /** Each kind of call, such as "POST /containers/ID/start". */
  Set<String> calls() {
    synchronized (calls) {
      return new TreeSet<>(calls);
    }
  }

  private void accept() {
    try {
      while (server.isOpen()) {
        SocketChannel client = server.accept();
        SocketChannel engine = SocketChannel.open(UnixDomainSocketAddress.of(ENGINE));
        open.add(client);
        open.add(engine);
        Thread.ofVirtual().start(() -> carry(client, engine, true));
        Thread.ofVirtual().start(() -> carry(engine, client, false));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void carry(SocketChannel from, SocketChannel to, boolean remember) {
    ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
    try (from;
        to) {
      while (from.read(bytes) >= 0) {
        bytes.flip();
        if (remember) {
          remember(new String(bytes.array(), 0, bytes.limit(), StandardCharsets.ISO_8859_1));
        }
        while (bytes.hasRemaining()) {
          to.write(bytes);
        }
        bytes.clear();
      }
    } catch (IOException e) {
      // either side has gone, and the other goes with it
    }
  }

  private void remember(String text) {
    Matcher found = CALL.matcher(text);
    while (found.find()) {
      String path = found.group(2).replaceFirst("\\?.*", "").replaceFirst("^/v1\\.\\d+", "");
      calls.add(
          found.group(1)
              + " "
              + path.replaceFirst(
                  "^/(containers|images)/(?!json|create|prune)[^?]+?(/[a-z]+)?$", "/$1/ID$2"));
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    synchronized (open) {
      for (SocketChannel channel : open) {
        channel.close();
      }
    }
  }
}
