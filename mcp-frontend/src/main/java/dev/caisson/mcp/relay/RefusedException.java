package dev.caisson.mcp.relay;

/**
 * What was asked did not take place, or was lost on the way: the daemon is not there, refused the
 * request, or failed. The message says what, and what to do about it.
 */
public final class RefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Why, as far as callers tell refusals apart. */
  public enum Reason {
    /** There is no such session, file or policy. */
    NOT_FOUND,
    /** The request itself is wrong. */
    INVALID,
    /** It is something else than the request needs, or has lost its sandbox. */
    WRONG_STATE,
    /** No daemon answers, or the one that did is stopping: the next request fares no better. */
    UNREACHABLE,
    /** Anything else. */
    OTHER
  }

  private final Reason reason;
  private final String explanation;

  public RefusedException(String explanation) {
    this(Reason.OTHER, explanation);
  }

  public RefusedException(Reason reason, String explanation) {
    super(explanation);
    this.reason = reason;
    this.explanation = explanation;
  }

  public RefusedException(Reason reason, String explanation, Throwable cause) {
    super(explanation, cause);
    this.reason = reason;
    this.explanation = explanation;
  }

  public Reason reason() {
    return reason;
  }

  public String explanation() {
    return explanation;
  }
}
