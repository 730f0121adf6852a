package dev.caisson.daemon.security;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server on this machine that finds nothing wrong: it answers whatever comes with "200" and keeps
 * how it began, so that a request is not taken for refused because a careful server refused it.
 */
final class OverheardServer implements Closeable {

  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket listener;
  private final List<String> heard = new CopyOnWriteArrayList<>();

  OverheardServer() {
    try {
      listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** How each connection began on which anything was said. */
  List<String> heard() {
    return List.copyOf(heard);
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void answer(Socket socket) {
    try (socket) {
      byte[] piece = new byte[8192];
      int count = socket.getInputStream().read(piece);
      if (count > 0) {
        heard.add(new String(piece, 0, count, StandardCharsets.ISO_8859_1));
        socket.getOutputStream().write(ANSWER);
        socket.shutdownOutput();
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      }
    } catch (IOException e) {
      // The other side has hung up; what it said is kept.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
