package dev.caisson.daemon.egress;

import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.HostName;
import dev.caisson.daemon.policy.NetworkLimits;
import dev.caisson.daemon.policy.NetworkPolicy;
import dev.caisson.daemon.policy.NetworkRequest;
import java.util.function.Supplier;

/**
 * What a run may reach while policies change: what the policy that it began with allows and the
 * policy as it is now allows too. A narrower policy takes effect at once; a wider one is for later
 * runs. How much it may use was settled when it began.
 *
 * @param current the policy of the same name as it is now; asked at each decision, by any thread
 */
record RunPolicy(NetworkPolicy begun, Supplier<NetworkPolicy> current) {

  /** Names the rule of the policy as it is now, unless only the earlier one denies. */
  Decision.Final decide(NetworkRequest request) {
    Decision.Final now = current.get().decide(request);
    if (now instanceof Decision.Denied) {
      return now;
    }
    return begun.decide(request) instanceof Decision.Denied denied
        ? new Decision.Denied(
            denied.reason() + " in the policy that the run began with", denied.rule())
        : now;
  }

  boolean allows(NetworkRequest request) {
    return decide(request) instanceof Decision.Allowed;
  }

  /** Whether a rule is about this host, whatever it allows there. */
  boolean knows(HostName host) {
    return knows(begun, host) && knows(current.get(), host);
  }

  NetworkLimits limits() {
    return begun.limits();
  }

  private static boolean knows(NetworkPolicy policy, HostName host) {
    return policy.allow().stream().anyMatch(rule -> rule.host().matches(host));
  }
}
