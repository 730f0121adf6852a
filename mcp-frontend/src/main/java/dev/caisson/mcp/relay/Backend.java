package dev.caisson.mcp.relay;

/** The daemon as the tools see it. Closing it ends every run in progress. */
public record Backend(CodeRunner runner, SessionHost sessions, WorkspaceFiles files)
    implements AutoCloseable {

  /** All of it over one connection, made at the first use. */
  public static Backend of(DaemonAccess daemon) {
    return new Backend(
        new DaemonCodeRunner(daemon), new DaemonSessions(daemon), new DaemonFiles(daemon));
  }

  @Override
  public void close() {
    runner.close();
  }
}
