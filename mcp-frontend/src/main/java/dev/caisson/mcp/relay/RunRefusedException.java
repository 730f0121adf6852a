package dev.caisson.mcp.relay;

/**
 * The run did not take place, or was lost on the way: the daemon is not there, refused the request,
 * or failed. The message says what, and what to do about it.
 */
public final class RunRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String explanation;

  public RunRefusedException(String explanation) {
    super(explanation);
    this.explanation = explanation;
  }

  public RunRefusedException(String explanation, Throwable cause) {
    super(explanation, cause);
    this.explanation = explanation;
  }

  public String explanation() {
    return explanation;
  }
}
