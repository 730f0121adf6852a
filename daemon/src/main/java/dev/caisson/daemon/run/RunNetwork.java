package dev.caisson.daemon.run;

import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.egress.GateUser;
import dev.caisson.daemon.egress.ProxyVariables;
import dev.caisson.daemon.egress.RunGate;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.policy.NetworkLimits;
import dev.caisson.daemon.policy.NetworkPolicy;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicySource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Opens the network gate for runs whose policy has one. It decides by the policy that the run began
 * with and by the one of its name as it is now.
 */
record RunNetwork(Gate gate, PolicySource policies) {

  /** The run's way out; empty when its policy has none, and then its sandbox listens to nothing. */
  Optional<RunGate> open(
      Run run, Policy policy, NetworkLimits limits, SharedPace pace, Consumer<RunOutcome> stop) {
    if (policy.network().offline()) {
      return Optional.empty();
    }
    GateUser user = new GateUser(run.id(), run.spec().identity(), policy.name());
    NetworkPolicy begun = policy.network().within(limits);
    return Optional.of(gate.open(user, begun, () -> current(policy), pace, stop));
  }

  /** What the caller gave, after what points clients at the gate. */
  static Map<String, String> environment(RunSpec spec, Policy policy) {
    if (policy.network().offline()) {
      return spec.environment();
    }
    Map<String, String> variables = new HashMap<>(ProxyVariables.of(policy.network()));
    variables.putAll(spec.environment());
    return variables;
  }

  /** A policy that is gone allows nothing any more. */
  private NetworkPolicy current(Policy policy) {
    return policies
        .lookUp(policy.name())
        .map(Policy::network)
        .orElseGet(() ->
            new NetworkPolicy(List.of(), policy.network().limits(), policy.network().section()));
  }
}
