package dev.caisson.daemon.model;

/**
 * What a person said to a tool call that the policy wants asked for.
 *
 * @param reason for the code, with a refusal; may be empty
 */
public record Approval(Choice choice, String reason) {

  /** The choices, the narrowest first. */
  public enum Choice {
    DENY,
    /** This call. */
    ALLOW,
    /** This call and every later one of the same tool, until the run ends. */
    ALLOW_FOR_RUN
  }
}
