package dev.caisson.daemon.egress;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;

/** Small things about streams and sockets. */
final class Streams {

  private Streams() {}

  /** Closes what is of no use any more, whatever it says to that. */
  static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // It is closed for us; there is nobody who could do anything about it.
    }
  }

  /**
   * Closes what was not over. The other side of a socket reads a reset, not an end; but for one to
   * which the end was told already, and which may still be on its way with the last bytes.
   */
  static void reset(Closeable closeable) {
    if (closeable instanceof Socket socket && !socket.isOutputShutdown()) {
      try {
        socket.setSoLinger(true, 0);
      } catch (IOException e) {
        // It is closed already.
      }
    }
    closeQuietly(closeable);
  }
}
