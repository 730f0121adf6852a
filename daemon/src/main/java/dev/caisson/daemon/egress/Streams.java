package dev.caisson.daemon.egress;

import java.io.Closeable;
import java.io.IOException;

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
}
