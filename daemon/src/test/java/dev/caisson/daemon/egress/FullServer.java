package dev.caisson.daemon.egress;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A server on this machine that accepts nobody and whose queue is full: the kernel leaves whoever
 * connects now without an answer.
 */
final class FullServer implements Closeable {

  /** As the kernel writes the state of a connection that waits for its first answer. */
  private static final String SYN_SENT = "02";

  private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final List<Socket> queued = new ArrayList<>();

  FullServer() throws IOException {
    for (int i = 0; i < 2; i++) { // Linux lets one more wait than it was told
      queued.add(new Socket(InetAddress.getLoopbackAddress(), port()));
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Whether a socket of this machine is on its way here. */
  boolean keepsSomebodyWaiting() throws IOException {
    String port = String.format(Locale.ROOT, ":%04X", port());
    for (String table : List.of("tcp", "tcp6")) {
      Path file = Path.of("/proc/net", table);
      if (Files.exists(file)
          && Files.readAllLines(file).stream()
              .map(line -> line.strip().split(" +"))
              .anyMatch(fields -> fields[2].endsWith(port) && fields[3].equals(SYN_SENT))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : queued) {
      socket.close();
    }
    listener.close();
  }
}
