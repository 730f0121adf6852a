package dev.caisson.daemon.policy;

import java.util.Set;

/**
 * One entry of network.allow: these hosts, on these ports, with these protocols.
 *
 * @param host which hosts
 * @param ports which ports; empty means the usual port of each protocol
 * @param protocols what may travel
 * @param methods methods of plain HTTP; only with {@link NetworkProtocol#HTTP}
 * @param rule where it is written
 */
public record NetworkRule(
    HostPattern host,
    Set<Integer> ports,
    Set<NetworkProtocol> protocols,
    Set<String> methods,
    RuleRef rule) {

  /** The methods that a rule can name; CONNECT opens tunnels and TRACE echoes credentials. */
  static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  public NetworkRule {
    ports = Set.copyOf(ports);
    protocols = Set.copyOf(protocols);
    methods = Set.copyOf(methods);
    if (protocols.isEmpty()
        || methods.isEmpty() == protocols.contains(NetworkProtocol.HTTP)
        || !METHODS.containsAll(methods)
        || (ports.isEmpty() && protocols.contains(NetworkProtocol.TCP))
        || ports.stream().anyMatch(port -> port < 1 || port > 65_535)) {
      throw new IllegalArgumentException(
          "a rule has protocols, methods just for http, ports from 1 to 65535, and some for tcp;"
              + " got protocols %s, methods %s, ports %s".formatted(protocols, methods, ports));
    }
  }

  /** Whether this protocol may be spoken on this port. */
  boolean allows(NetworkProtocol protocol, int port) {
    return protocols.contains(protocol)
        && (ports.isEmpty() ? protocol.usualPort().orElse(-1) == port : ports.contains(port));
  }

  /** Whether anything at all may be spoken on this port. */
  boolean allows(int port) {
    return protocols.stream().anyMatch(protocol -> allows(protocol, port));
  }
}
