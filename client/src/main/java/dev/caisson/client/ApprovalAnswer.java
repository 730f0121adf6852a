package dev.caisson.client;

/**
 * What a person says to an {@link ApprovalRequest}.
 *
 * @param reason why not, for the program; empty when there is none
 */
public record ApprovalAnswer(Decision decision, String reason) {

  /** What the person decides. */
  public enum Decision {
    DENY,
    /** This call. */
    ALLOW,
    /** This call and every later one of the same tool in this run. */
    ALLOW_FOR_RUN
  }

  public static ApprovalAnswer allow() {
    return new ApprovalAnswer(Decision.ALLOW, "");
  }

  public static ApprovalAnswer allowForRun() {
    return new ApprovalAnswer(Decision.ALLOW_FOR_RUN, "");
  }

  public static ApprovalAnswer deny(String reason) {
    return new ApprovalAnswer(Decision.DENY, reason);
  }
}
