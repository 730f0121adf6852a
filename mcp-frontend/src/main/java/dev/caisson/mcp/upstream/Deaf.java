package dev.caisson.mcp.upstream;

/** Hears nothing: for a wire before it is open. */
final class Deaf implements Wire.Receiver {

  @Override
  public void received(Message message, ByteBudget.Lease lease) {}

  @Override
  public void failed(String requestId, LostConnectionException why) {}

  @Override
  public void lost(String reason) {}
}
