package dev.caisson.daemon.egress;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server on this machine's loopback that answers in a way of the test's and keeps what it got.
 */
final class TestServer implements Closeable {

  /** Serves one connection; the socket is closed afterwards. */
  interface Serving {
    void serve(Socket socket, StringBuffer received) throws IOException;
  }

  /** Answers the first head with "ok" and hangs up. */
  static final Serving ONE_ANSWER =
      (socket, received) -> {
        InputStream input = socket.getInputStream();
        while (received.indexOf("\r\n\r\n") < 0) {
          int next = input.read();
          if (next < 0) {
            return;
          }
          received.append((char) next);
        }
        socket
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                    .getBytes(StandardCharsets.US_ASCII));
        socket.shutdownOutput();
        drain(input, received);
      };

  /** Says everything back. */
  static final Serving ECHO =
      (socket, received) -> {
        byte[] piece = new byte[8192];
        int count = socket.getInputStream().read(piece);
        while (count >= 0) {
          received.append(new String(piece, 0, count, StandardCharsets.ISO_8859_1));
          socket.getOutputStream().write(piece, 0, count);
          count = socket.getInputStream().read(piece);
        }
      };

  /** Says how the connection ends, as the last of what it has received. */
  static final Serving ENDING =
      (socket, received) -> {
        try {
          drain(socket.getInputStream(), received);
          received.append(" ended");
        } catch (IOException e) {
          received.append(" broke off");
        }
      };

  /** Hears something, says something, and resets the connection. */
  static final Serving BROKEN =
      (socket, received) -> {
        received.append((char) socket.getInputStream().read());
        socket.getOutputStream().write('y');
        socket.setSoLinger(true, 0);
      };

  private final ServerSocket listener;
  private final List<StringBuffer> received = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  TestServer(Serving serving) {
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(() -> accept(serving));
  }

  int port() {
    return listener.getLocalPort();
  }

  /** What each connection has said so far. */
  List<String> received() {
    return received.stream().map(StringBuffer::toString).toList();
  }

  /** How many connections nobody has ended yet. */
  long open() {
    return open.stream().filter(socket -> !socket.isClosed()).count();
  }

  private void accept(Serving serving) {
    try {
      while (true) {
        Socket socket = listener.accept();
        StringBuffer text = new StringBuffer();
        received.add(text);
        open.add(socket);
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                serving.serve(socket, text);
              } catch (IOException e) {
                // The other side has hung up; what it said is kept.
              }
            });
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private static void drain(InputStream input, StringBuffer received) throws IOException {
    int next = input.read();
    while (next >= 0) {
      received.append((char) next);
      next = input.read();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
