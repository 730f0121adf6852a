package dev.caisson.mcp.upstream;

/**
 * Carries JSON-RPC messages to one server and back: a child process or an HTTP session.
 *
 * <p>{@link Receiver} methods are called on the wire's own thread and must not block.
 */
interface Wire extends AutoCloseable {

  /** Begins. Called once, before {@link #send}. */
  void open(Receiver receiver) throws LostConnectionException;

  /** Sends without waiting for an answer. What fails later is told to the receiver. */
  void send(Message message) throws LostConnectionException;

  /** Tells the wire in which revision messages are from now on. */
  default void speak(Revision revision) {}

  /**
   * Tells the server that nobody waits for the answer to this request any more, by the message or
   * in the way of the wire. The id is a plain one.
   */
  default void withdraw(String requestId, Message.Notification cancelled)
      throws LostConnectionException {
    send(cancelled);
  }

  /** Ends the connection and everything that was started for it. Safe to call twice. */
  @Override
  void close();

  /** Hears what comes from the server. */
  interface Receiver {
    /** The lease is of the memory that the message takes; the receiver closes it. */
    void received(Message message, ByteBudget.Lease lease);

    /** This one request cannot be answered; the connection goes on. The id is a plain one. */
    void failed(String requestId, LostConnectionException why);

    /** Nothing more will come. Called at most once. */
    void lost(String reason);
  }
}
