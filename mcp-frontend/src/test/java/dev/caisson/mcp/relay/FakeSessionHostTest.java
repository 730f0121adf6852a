package dev.caisson.mcp.relay;

final class FakeSessionHostTest extends SessionHostContract {

  private final FakeSessionHost host = new FakeSessionHost();

  @Override
  protected SessionHost sessions() {
    return host;
  }

  @Override
  protected WorkspaceFiles files() {
    return host;
  }
}
