package dev.caisson.mcp.upstream;

/** A server cannot be used (any more). The message says why. */
final class LostConnectionException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String reason;
  private final Delivery delivery;

  LostConnectionException(String reason, Delivery delivery) {
    super(reason);
    this.reason = reason;
    this.delivery = delivery;
  }

  String reason() {
    return reason;
  }

  Delivery delivery() {
    return delivery;
  }

  /**
   * Whether the server may have acted on the message; only what was not delivered is sent again.
   */
  enum Delivery {
    NOT_DELIVERED,
    UNKNOWN,
    /**
     * The server answered with a status of HTTP instead of a message: it has read the request and
     * will not do what it asks. The connection is as good as before.
     */
    REFUSED,
    /** There was no room for the message, and the connection is as good as before. */
    NO_ROOM
  }
}
