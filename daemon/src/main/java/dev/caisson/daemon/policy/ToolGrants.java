package dev.caisson.daemon.policy;

import dev.caisson.daemon.policy.Decision.Allowed;
import dev.caisson.daemon.policy.Decision.Asked;
import dev.caisson.daemon.policy.Decision.Denied;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Which tools a run may call. What is denied is denied whatever else fits; then what is to be asked
 * for; then what is allowed; the rest is denied. The order in a list decides nothing but which rule
 * a decision names. Immutable; deciding is pure.
 *
 * @param allow may be called
 * @param ask may be called after a person said yes
 * @param deny may never be called
 * @param limits of single tools, beside those of the run
 * @param askTimeout how long a person has to answer; then the answer is no
 * @param section where tools.allow is written, or would be: decides what no rule names
 */
public record ToolGrants(
    List<ToolRule> allow,
    List<ToolRule> ask,
    List<ToolRule> deny,
    List<ToolLimit> limits,
    Duration askTimeout,
    RuleRef section) {

  public ToolGrants {
    allow = List.copyOf(allow);
    ask = List.copyOf(ask);
    deny = List.copyOf(deny);
    limits = List.copyOf(limits);
    if (!askTimeout.isPositive()) {
      throw new IllegalArgumentException("askTimeout must be positive, got " + askTimeout);
    }
  }

  /**
   * Decides about one tool, named as in the catalogue. Allowed does not mean without limits: see
   * {@link #limitsOf}.
   */
  public Decision decide(String server, String tool) {
    Optional<RuleRef> denied = first(deny, server, tool);
    if (denied.isPresent()) {
      return new Denied("the policy denies this tool", denied.get());
    }
    Optional<RuleRef> asked = first(ask, server, tool);
    if (asked.isPresent()) {
      return new Asked(asked.get());
    }
    return first(allow, server, tool)
        .<Decision>map(Allowed::new)
        .orElseGet(() -> new Denied("no rule allows this tool", section));
  }

  /** Whether code is shown this tool: one that is denied is not there for it. */
  public boolean lists(String server, String tool) {
    return !(decide(server, tool) instanceof Denied);
  }

  /** The entries of tools.limits that hold for this tool. */
  public List<ToolLimit> limitsOf(String server, String tool) {
    return limits.stream().filter(limit -> limit.pattern().matches(server, tool)).toList();
  }

  private static Optional<RuleRef> first(List<ToolRule> rules, String server, String tool) {
    return rules.stream()
        .filter(rule -> rule.pattern().matches(server, tool))
        .findFirst()
        .map(ToolRule::rule);
  }
}
