package dev.caisson.mcp.upstream;

/** A wire whose other end shakes hands and then gives the same result to every request. */
final class AnsweringWire implements Wire {

  private static final String GREETING =
      "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}}}";

  private final String result;
  private volatile Receiver receiver = new Deaf();

  AnsweringWire(String result) {
    this.result = result;
  }

  @Override
  public void open(Receiver to) {
    receiver = to;
  }

  @Override
  public void send(Message message) {
    if (message instanceof Message.Request request) {
      receiver.received(
          new Message.Answer(
              request.id(), request.method().equals("initialize") ? GREETING : result),
          ByteBudget.of(Long.MAX_VALUE).lease());
    }
  }

  @Override
  public void close() {}

  /** Hears nothing. */
  static final class Silent implements Conversation.Listener {
    @Override
    public void toolsChanged() {}

    @Override
    public void lost(String reason) {}
  }
}
