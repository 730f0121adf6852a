package dev.caisson.mcp.endtoend;

import dev.caisson.client.DaemonAddress;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.DaemonAccess;
import dev.caisson.mcp.relay.SessionHost;
import dev.caisson.mcp.relay.SessionHostContract;
import dev.caisson.mcp.relay.WorkspaceFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract of sessions and files, with a real daemon and real sandboxes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DaemonSessionsTest extends SessionHostContract {

  private DaemonProcess daemon;
  private Backend backend;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    daemon = new DaemonProcess(folder);
    backend =
        Backend.of(
            new DaemonAccess(
                new DaemonAddress(daemon.socket()), DaemonAccess.Readiness.TAKEN_FOR_GRANTED));
  }

  @AfterAll
  void stop() throws InterruptedException {
    backend.close();
    daemon.close();
  }

  @Override
  protected SessionHost sessions() {
    return backend.sessions();
  }

  @Override
  protected WorkspaceFiles files() {
    return backend.files();
  }
}
