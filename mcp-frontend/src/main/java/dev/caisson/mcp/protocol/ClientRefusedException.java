package dev.caisson.mcp.protocol;

/** A question that the client did not answer with a result; the message says why. */
public final class ClientRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  public ClientRefusedException(String why) {
    super(why);
  }
}
