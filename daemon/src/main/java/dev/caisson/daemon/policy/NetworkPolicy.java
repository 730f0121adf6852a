package dev.caisson.daemon.policy;

import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Denied;
import java.util.List;
import java.util.Optional;

/**
 * What a run may reach: what a rule names, and nothing else. Immutable; deciding is pure, so any
 * thread may ask at any time, again for a live connection when the policy has changed.
 *
 * <p>Addresses are not decided here. A name that is allowed may still resolve to an address that
 * the gate refuses.
 *
 * @param allow the rules; the first that fits is the one that a decision names
 * @param limits how much
 * @param section where network.allow is written, or would be: decides what no rule allows
 * @param packages whether the package index is among what is allowed
 */
public record NetworkPolicy(
    List<NetworkRule> allow, NetworkLimits limits, RuleRef section, PackageAccess packages) {

  private static final int LONGEST_SHOWN = 80;

  public NetworkPolicy {
    allow = List.copyOf(allow);
  }

  /** One that has nothing to do with the package index. */
  public NetworkPolicy(List<NetworkRule> allow, NetworkLimits limits, RuleRef section) {
    this(allow, limits, section, new PackageAccess.Unused());
  }

  /** The same rules with other limits. */
  public NetworkPolicy within(NetworkLimits other) {
    return new NetworkPolicy(allow, other, section, packages);
  }

  /** Whether nothing can be reached, so that the sandbox needs no way out. */
  public boolean offline() {
    return allow.isEmpty();
  }

  /** Allowed by the first rule that fits, else denied with what is missing. */
  public Decision.Final decide(NetworkRequest request) {
    Optional<HostName> host = HostName.of(request.host());
    if (host.isEmpty()) {
      return denied("'" + printable(request.host()) + "' is not the name of a host", section);
    }
    List<NetworkRule> ofHost =
        allow.stream().filter(rule -> rule.host().matches(host.get())).toList();
    for (NetworkRule rule : ofHost) {
      if (fits(rule, request)) {
        return new Allowed(rule.rule());
      }
    }
    return ofHost.isEmpty() ? noRule(host.get()) : wrongKind(request, ofHost);
  }

  private static boolean fits(NetworkRule rule, NetworkRequest request) {
    return switch (request) {
      case NetworkRequest.Opening opening -> rule.allows(opening.port());
      case NetworkRequest.Tls tls -> rule.allows(NetworkProtocol.TLS, tls.port());
      case NetworkRequest.Http http ->
          rule.allows(NetworkProtocol.HTTP, http.port()) && rule.methods().contains(http.method());
      case NetworkRequest.Tcp tcp -> rule.allows(NetworkProtocol.TCP, tcp.port());
    };
  }

  private Denied noRule(HostName host) {
    if (packages instanceof PackageAccess.Unconfigured(RuleRef rule)) {
      return denied(
          "no rule allows the host '%s', and no package index is configured (packages.index)"
              .formatted(host),
          rule);
    }
    return denied(
        offline() ? "the policy allows no network" : "no rule allows the host '" + host + "'",
        section);
  }

  /** The host is known: the first rule about it tells best what is missing. */
  private static Denied wrongKind(NetworkRequest request, List<NetworkRule> rules) {
    RuleRef nearest = rules.getFirst().rule();
    String host = printable(request.host());
    List<NetworkRule> ofPort = rules.stream().filter(rule -> rule.allows(request.port())).toList();
    if (ofPort.isEmpty()) {
      return denied("no rule allows port " + request.port() + " of '" + host + "'", nearest);
    }
    RuleRef rule = ofPort.getFirst().rule();
    if (request instanceof NetworkRequest.Http http
        && ofPort.stream().anyMatch(r -> r.allows(NetworkProtocol.HTTP, http.port()))) {
      return denied(
          "no rule allows the method '" + printable(http.method()) + "' on '" + host + "'", rule);
    }
    return denied(
        "no rule allows " + protocol(request) + " on port " + request.port() + " of '" + host + "'",
        rule);
  }

  private static String protocol(NetworkRequest request) {
    return switch (request) {
      case NetworkRequest.Opening ignored -> "a connection";
      case NetworkRequest.Tls ignored -> NetworkProtocol.TLS.key();
      case NetworkRequest.Http ignored -> "plain " + NetworkProtocol.HTTP.key();
      case NetworkRequest.Tcp ignored -> NetworkProtocol.TCP.key();
    };
  }

  private static Denied denied(String reason, RuleRef rule) {
    return new Denied(reason, rule);
  }

  /** What comes from a sandbox goes into messages and audit lines: printable ASCII, and short. */
  private static String printable(String text) {
    String start = text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
    return start.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
