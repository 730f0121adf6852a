package dev.caisson.mcp.relay;

import dev.caisson.client.CaissonClient;

/** The daemon as the tools see it. Closing it ends every run in progress. */
public record Backend(CodeRunner runner, SessionHost sessions, WorkspaceFiles files)
    implements AutoCloseable {

  /** All of it over one connection. */
  public static Backend of(CaissonClient client) {
    return new Backend(
        new DaemonCodeRunner(client), new DaemonSessions(client), new DaemonFiles(client));
  }

  @Override
  public void close() {
    runner.close();
  }
}
