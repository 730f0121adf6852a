package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.util.Optional;

/**
 * Decorator for {@link Wire} that takes a server's secrets out of all that comes from it: messages,
 * and the reasons why something failed. It is the only way from a server into the frontend, so that
 * results, errors, descriptions and log lines need no care of their own.
 */
final class RedactedWire implements Wire {

  /** Characters of a reason that are kept. */
  private static final int LONGEST_REASON = 16 * 1024;

  private final Wire wire;
  private final Redaction secrets;

  RedactedWire(Wire wire, Redaction secrets) {
    this.wire = wire;
    this.secrets = secrets;
  }

  @Override
  public void open(Receiver receiver) throws LostConnectionException {
    try {
      wire.open(new Redacted(receiver));
    } catch (LostConnectionException lost) {
      throw redacted(lost);
    } catch (RuntimeException problem) {
      // Of the system's libraries: it may hold a header or a variable.
      throw redacted(new LostConnectionException(String.valueOf(problem), Delivery.NOT_DELIVERED));
    }
  }

  @Override
  public void send(Message message) throws LostConnectionException {
    try {
      wire.send(message);
    } catch (LostConnectionException lost) {
      throw redacted(lost);
    }
  }

  @Override
  public void speak(Revision revision) {
    wire.speak(revision);
  }

  @Override
  public void withdraw(String requestId, Message.Notification cancelled)
      throws LostConnectionException {
    try {
      wire.withdraw(requestId, cancelled);
    } catch (LostConnectionException lost) {
      throw redacted(lost);
    }
  }

  @Override
  public Optional<String> learn(String tool, String inputSchema) {
    return wire.learn(tool, inputSchema);
  }

  @Override
  public void close() {
    wire.close();
  }

  /** A new exception without a cause, which would tell what the message does not. */
  private LostConnectionException redacted(LostConnectionException lost) {
    return new LostConnectionException(reason(lost.reason()), lost.delivery());
  }

  private String reason(String text) {
    // Whoever made the text may have cut it.
    var hidden = secrets.applyToBeginning(text);
    return hidden.length() <= LONGEST_REASON ? hidden : hidden.substring(0, LONGEST_REASON) + "…";
  }

  private final class Redacted implements Receiver {
    private final Receiver receiver;

    Redacted(Receiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void received(Message message, ByteBudget.Lease lease) {
      receiver.received(message.with(secrets::applyToJson), lease);
    }

    @Override
    public void failed(String requestId, LostConnectionException why) {
      receiver.failed(requestId, redacted(why));
    }

    @Override
    public void lost(String reason) {
      receiver.lost(reason(reason));
    }
  }
}
