package dev.caisson.daemon.policy;

/** What a policy says to one thing that a run wants to do, and the rule that says so. */
public sealed interface Decision {

  /** The rule that decides. */
  RuleRef rule();

  /** A decision that leaves nothing to ask. */
  sealed interface Final extends Decision {}

  /** It may be done. */
  record Allowed(RuleRef rule) implements Final {}

  /**
   * It may not be done.
   *
   * @param reason one sentence without a full stop, for the code and for people
   */
  record Denied(String reason, RuleRef rule) implements Final {

    /** "REASON; decided by network.allow (web.yaml:3)". */
    public String message() {
      return reason + "; decided by " + rule;
    }
  }

  /** A person is to be asked; without an answer in time it may not be done. */
  record Asked(RuleRef rule) implements Decision {}
}
