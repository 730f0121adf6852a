package dev.caisson.daemon.egress;

import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.NetworkRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes one line for each decision about the network of one run. */
final class DecisionLog {

  private static final Logger LOG = LoggerFactory.getLogger("caisson.audit");
  private static final int LONGEST_HOST = 260;

  private final GateUser user;

  DecisionLog(GateUser user) {
    this.user = user;
  }

  /** The policy has decided. */
  void decided(NetworkRequest request, Decision.Final decision) {
    switch (decision) {
      case Decision.Allowed(var rule) ->
          line(request.host(), request.port(), request.shown(), "allowed", rule.toString(), "");
      case Decision.Denied denied ->
          line(
              request.host(),
              request.port(),
              request.shown(),
              "denied",
              denied.rule().toString(),
              denied.reason());
    }
  }

  /** The gate itself refuses: an address, a malformed request, a limit. */
  void refused(String host, int port, String reason) {
    line(host, port, "connection", "denied", "the gate", reason);
  }

  private void line(
      String host, int port, String request, String decision, String rule, String reason) {
    LOG.atInfo()
        .addKeyValue("run", user.run())
        .addKeyValue("tenant", user.identity().tenant())
        .addKeyValue("policy", user.policy())
        .addKeyValue("host", printable(host))
        .addKeyValue("port", port)
        .addKeyValue("request", printable(request))
        .addKeyValue("decision", decision)
        .addKeyValue("rule", rule)
        .addKeyValue("reason", printable(reason))
        .log("network {}", decision);
  }

  /** Text from a sandbox, fit for a log: printable ASCII, and not long. */
  static String printable(String text) {
    String start = text.length() <= LONGEST_HOST ? text : text.substring(0, LONGEST_HOST) + "...";
    return start.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
