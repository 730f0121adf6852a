package dev.caisson.daemon.channel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The loopback ports of a sandbox whose connections travel to the daemon. */
public enum Entrance {
  /** A proxy for HTTP, CONNECT included. */
  HTTP(18_080),
  /** A proxy for SOCKS5. */
  SOCKS(18_081),
  /** Connections of plain sockets, each announced at {@link #ASK} by its source port. */
  DIRECT(18_082),
  /** Questions of the shim: what a name stands for, and whether it may be connected to. */
  ASK(18_083);

  private final int port;

  Entrance(int port) {
    this.port = port;
  }

  /** The port on 127.0.0.1 of the sandbox. */
  public int port() {
    return port;
  }

  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Entrance> of(String wireName) {
    return Arrays.stream(values()).filter(e -> e.wireName().equals(wireName)).findFirst();
  }
}
