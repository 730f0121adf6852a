package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished.Outcome;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A daemon serves only when its sandboxes are what they should be. That it refuses otherwise is
 * what guards.yaml tries: without any one of many guards this fails at the start of the daemon.
 */
class PostureTest {

  @TempDir static Path folder;

  @Test
  void aDaemonServesWithSandboxesThatAreWhatTheyShouldBe() {
    try (RunningDaemon daemon = RunningDaemon.start(folder, 1, Map.of());
        RunClient client = new RunClient(daemon.socket())) {
      assertThat(client.run("6 * 7").outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void sandboxesThatWereNotWarmAtTheStartAreExaminedBeforeTheirFirstRun() {
    try (RunningDaemon daemon = RunningDaemon.start(folder, 0, Map.of());
        RunClient client = new RunClient(daemon.socket())) {
      assertThat(client.run("6 * 7").outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }
}
