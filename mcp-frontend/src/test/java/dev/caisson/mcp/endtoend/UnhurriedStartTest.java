package dev.caisson.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the frontend answers while neither a daemon nor any server of the file is there yet. */
@Timeout(120)
final class UnhurriedStartTest {

  @TempDir Path folder;

  @Test
  void clients_are_answered_before_there_is_a_daemon_or_a_server() throws Exception {
    var servers = folder.resolve("mcp.json");
    Files.writeString(
        servers, "{\"mcpServers\": {\"slow\": {\"command\": \"sleep\", \"args\": [\"600\"]}}}");
    var environment =
        Map.of("CAISSON_LAUNCHER", launcher().toString(), "CAISSON_MAY_START_DAEMON", "yes");
    try (var frontend = new FrontendProcess(servers, folder.resolve("none.sock"), environment)) {
      // It was greeted, or there would be none.
      assertThat(frontend.ask("list", "tools/list").at("/tools/0/name").asString(""))
          .isEqualTo("run_code");

      // What needs a daemon waits for the launcher, and is told what that says.
      frontend.call("sessions", "sessions", Map.of("action", "list"));
      assertThat(frontend.ask("ping", "ping").isObject()).isTrue();
      Files.createFile(folder.resolve("give up"));
      assertThat(frontend.answer("sessions").at("/content/0/text").asString(""))
          .isEqualTo("no daemon could be started (status 1):\nno engine");
    }
  }

  /** It is at work until it is told to give up. */
  private Path launcher() throws IOException {
    var launcher = folder.resolve("launcher");
    Files.writeString(
        launcher,
        """
        #!/bin/bash
        cd "${0%/*}"
        [ -p never ] || mkfifo never
        until [ -e 'give up' ]; do read -t 0.05 x <> never; done
        echo 'no engine' >&2
        exit 1
        """);
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    return launcher;
  }
}
