package dev.caisson.mcp.upstream;

import java.util.Optional;

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

  /**
   * Tells the wire of a tool before it is called: a part of its arguments may travel beside the
   * message. Why the tool cannot be called over this wire; empty when it can.
   */
  default Optional<String> learn(String tool, String inputSchema) {
    return Optional.empty();
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
