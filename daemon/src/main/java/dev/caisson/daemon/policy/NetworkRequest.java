package dev.caisson.daemon.policy;

/**
 * A connection, or a request on one, that code in a sandbox asks for. The host is the text as it
 * was asked for: whether it is a name at all is part of the decision.
 *
 * <p>A tunnel (CONNECT, SOCKS5, a plain socket) is decided twice: as {@link Opening} before
 * anything is resolved, and, when its first bytes say what it is, as {@link Tls}, {@link Http} or
 * {@link Tcp}.
 */
public sealed interface NetworkRequest {

  String host();

  int port();

  /** "tls to api.example.test:443". */
  String shown();

  /** A connection of which nothing was seen yet: allowed when any protocol is. */
  record Opening(String host, int port) implements NetworkRequest {
    @Override
    public String shown() {
      return "connection to " + host + ":" + port;
    }
  }

  /** A TLS connection. That its server name is the host is the gate's to check. */
  record Tls(String host, int port) implements NetworkRequest {
    @Override
    public String shown() {
      return "tls to " + host + ":" + port;
    }
  }

  /**
   * A request in plain HTTP.
   *
   * @param method as on the wire, where capitals count: "GET"
   */
  record Http(String host, int port, String method) implements NetworkRequest {
    @Override
    public String shown() {
      return method + " in plain http to " + host + ":" + port;
    }
  }

  /** Bytes that are neither. */
  record Tcp(String host, int port) implements NetworkRequest {
    @Override
    public String shown() {
      return "tcp to " + host + ":" + port;
    }
  }
}
