package dev.caisson.daemon.policy;

import java.util.Locale;
import java.util.OptionalInt;

/** What may travel on a connection, told by its first bytes. */
public enum NetworkProtocol {
  /** TLS whose server name is the host that was asked for; what is inside cannot be seen. */
  TLS(OptionalInt.of(443)),
  /** Plain HTTP, decided request by request with its method. */
  HTTP(OptionalInt.of(80)),
  /** Any bytes: a database's protocol, for example. Nothing about them is looked at. */
  TCP(OptionalInt.empty());

  private final OptionalInt usualPort;

  NetworkProtocol(OptionalInt usualPort) {
    this.usualPort = usualPort;
  }

  /** The port of a rule that names none. */
  OptionalInt usualPort() {
    return usualPort;
  }

  /** As policies write it: "tls". */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
