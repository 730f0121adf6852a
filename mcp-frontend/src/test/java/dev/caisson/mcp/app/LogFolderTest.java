package dev.caisson.mcp.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LogFolderTest {

  @Test
  void servers_have_a_folder_of_their_own_among_the_logs() {
    assertThat(LogFolder.ofServers(Map.of("CAISSON_LOG_DIR", "/var/log/caisson")))
        .contains(Path.of("/var/log/caisson/servers"));
  }

  @Test
  void without_a_folder_of_logs_nothing_is_kept() {
    assertThat(LogFolder.ofServers(Map.of())).isEmpty();
    assertThat(LogFolder.ofServers(Map.of("CAISSON_LOG_DIR", ""))).isEmpty();
  }
}
