package dev.caisson.daemon.acceptance;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.model.Container;
import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished.Outcome;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Daemons that end, well or not, and daemons side by side. */
class DaemonLifeTest {

  @TempDir Path folder;

  @Test
  void afterAKillDuringTenRunsTheNextDaemonRemovesAllThatIsLeftAndNothingOfAnother()
      throws Exception {
    Path here = Files.createDirectory(folder.resolve("here"));
    Path there = Files.createDirectory(folder.resolve("there"));
    try (RunningDaemon other =
            RunningDaemon.start(there, 1, Map.of("long", "time:\n  wall: 10m\n"));
        RunClient otherClient = new RunClient(other.socket());
        DaemonProcess killed = DaemonProcess.start(here, 1)) {
      Canary canary = new Canary(otherClient, "long");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> otherClient.pool().getPools(0).getWarm() == 1);
      List<String> othersBefore = ids(EngineView.owned(other.socket()));

      String generation = killDuringTenRuns(killed);

      try (DaemonProcess next = DaemonProcess.start(here, 1);
          RunClient client = new RunClient(next.socket())) {
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> client.full() && EngineView.ofGeneration(generation).isEmpty());
        assertThat(client.pool().getGeneration()).isNotEqualTo(generation);
        assertThat(EngineView.owned(next.socket())).hasSize(1);
        assertThat(client.run("6 * 7").finished().getValue().getRepr()).isEqualTo("42");
      }
      canary.sings();
      assertThat(ids(EngineView.owned(other.socket()))).isEqualTo(othersBefore);
      canary.landsSafely();
    }
  }

  private static String killDuringTenRuns(DaemonProcess daemon) {
    try (RunClient client = new RunClient(daemon.socket())) {
      await().atMost(Duration.ofSeconds(60)).until(client::full);
      List<LiveRun> runs = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        runs.add(client.start(program("print('begun')\nwhile True: __import__('time').sleep(1)")));
      }
      runs.forEach(run -> run.awaitOutput("begun"));
      String generation = client.pool().getGeneration();
      assertThat(EngineView.ofGeneration(generation)).hasSizeGreaterThanOrEqualTo(10);

      daemon.kill();

      assertThat(runs)
          .allSatisfy(run ->
              assertThatThrownBy(run::transcript).isInstanceOf(StatusRuntimeException.class));
      return generation;
    }
  }

  @Test
  void aDaemonThatIsToldToEndLetsARunEndAndLeavesNothing() {
    try (DaemonProcess daemon = DaemonProcess.start(folder, 2);
        RunClient client = new RunClient(daemon.socket())) {
      await().atMost(Duration.ofSeconds(60)).until(client::full);
      LiveRun shortRun =
          client.start(program("print('begun')\nimport time; time.sleep(0.3)\n'done'"));
      LiveRun endless = client.start(program("print('begun')\nwhile True: pass"));
      shortRun.awaitOutput("begun");
      endless.awaitOutput("begun");

      daemon.terminate();

      assertThat(shortRun.transcript().outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(daemon.awaitExit()).as(daemon::log).isZero();
      assertThat(endless.transcript().outcome()).isEqualTo(Outcome.CANCELLED);
      assertThat(endless.transcript().message())
          .isEqualTo("the run was cancelled: the daemon is shutting down");
      assertThat(EngineView.owned(daemon.socket())).isEmpty();
      assertThat(daemon.socket()).doesNotExist();
    }
  }

  @Test
  void aSecondDaemonOnTheSameSocketIsRefusedAndTheFirstServesOn() throws IOException {
    try (RunningDaemon first = RunningDaemon.start(folder, 1, Map.of());
        RunClient client = new RunClient(first.socket())) {
      try (DaemonProcess second = DaemonProcess.start(folder, 1)) {
        assertThat(second.awaitExit()).isEqualTo(1);
        assertThat(second.log())
            .isEqualTo(
                "caisson daemon: another daemon serves "
                    + first.socket()
                    + "; stop it with `caisson down`, or set CAISSON_RUN_DIR to run a second one\n");
      }
      assertThat(client.run("6 * 7").finished().getValue().getRepr()).isEqualTo("42");
    }
  }

  @Test
  void theSocketIsItsOwnersAlone() throws IOException {
    try (RunningDaemon daemon = RunningDaemon.start(folder, 1, Map.of())) {
      assertThat(Files.getPosixFilePermissions(daemon.socket()))
          .isEqualTo(java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    }
  }

  private static List<String> ids(List<Container> containers) {
    return containers.stream().map(Container::getId).sorted().toList();
  }
}
