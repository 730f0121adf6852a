package dev.caisson.client;

import java.nio.file.Path;

/** Where a daemon listens: the path of its Unix socket. */
public record DaemonAddress(Path socket) {

  private static final String SCHEME = "unix://";

  public DaemonAddress {
    if (socket.toString().isEmpty()) {
      throw new IllegalArgumentException("the path of the daemon's socket is empty");
    }
    socket = socket.toAbsolutePath().normalize();
  }

  /** Reads a path, or {@code unix://} and a path. Other schemes are refused by name. */
  public static DaemonAddress parse(String text) {
    if (text.startsWith(SCHEME)) {
      return new DaemonAddress(Path.of(text.substring(SCHEME.length())));
    }
    if (text.contains("://")) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not a daemon's address; write the path of its Unix socket, or unix://PATH");
    }
    return new DaemonAddress(Path.of(text));
  }

  @Override
  public String toString() {
    return SCHEME + socket;
  }
}
