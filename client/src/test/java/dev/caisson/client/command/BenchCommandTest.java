package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.caisson.client.ScriptedDaemon;
import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class BenchCommandTest {

  @TempDir Path folder;
  private final FillingPools pools = new FillingPools();
  private ScriptedDaemon daemon;
  private CommandRun command;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder, pools);
    command = new CommandRun(daemon.socket());
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  @Test
  void warmAndColdRunsAreCountedApartAndTheSamplesWritten() {
    plays(RunAccepted.Placement.WARM); // The warm-up, not counted.
    plays(RunAccepted.Placement.WARM);
    plays(RunAccepted.Placement.COLD);
    plays(RunAccepted.Placement.WARM);
    Path json = folder.resolve("bench.json");

    int status =
        command.execute(
            "bench",
            "run",
            "-n",
            "3",
            "--warm-up",
            "1",
            "--baseline",
            "none",
            "--json",
            json.toString());

    assertThat(command.err()).isEmpty();
    assertThat(status).isZero();
    assertThat(command.out())
        .contains("p50 ms", "p95 ms", "p99 ms")
        .containsPattern("caisson run, warm +2 ")
        .containsPattern("caisson run, cold +1 ");
    JsonNode report = JsonMapper.shared().readTree(json.toFile());
    assertThat(report.path("series").path(0).path("samples_ns").size()).isEqualTo(2);
  }

  @Test
  void noRunBeginsBeforeThePoolIsFull() {
    plays(RunAccepted.Placement.WARM);

    bench("--questions", "0");

    assertThat(pools.asked.get()).isEqualTo(FillingPools.FULL_AT);
  }

  @Test
  void questionsAreAskedBeforeTheFirstRun() {
    plays(RunAccepted.Placement.WARM);

    bench("--questions", "50");

    // And once more, to see that the pool is full.
    assertThat(pools.asked.get()).isEqualTo(51);
  }

  private void bench(String... options) {
    List<String> all =
        new ArrayList<>(List.of("bench", "run", "-n", "1", "--warm-up", "0", "--baseline", "none"));
    all.addAll(List.of(options));
    command.execute(all.toArray(String[]::new));
  }

  @Test
  void callsAreAnsweredAndMeasuredByTheCodesOwnClock() {
    for (int i = 0; i < 2; i++) {
      daemon
          .runs()
          .plays(scene -> {
            assertThat(scene.start().getArgumentsList()).containsExactly("2", "64");
            scene.accept();
            scene.callTool("c1", "{\"value\":7}");
            assertThat(scene.answer().getValueJson().toStringUtf8()).isEqualTo("{\"value\":7}");
            scene.finish(
                RunFinished.newBuilder()
                    .setOutcome(RunFinished.Outcome.SUCCEEDED)
                    .setValue(
                        RunValue.newBuilder()
                            .setJson(
                                ByteString.copyFromUtf8(
                                    "{\"samples_ns\":[1000000,3000000],\"wall_ns\":4000000}"))));
          });
    }

    int status = command.execute("bench", "calls", "-n", "2");

    assertThat(command.err()).isEmpty();
    assertThat(status).isZero();
    assertThat(command.out())
        .containsPattern("one after the other +2 +1\\.000 +3\\.00\\d +3\\.00\\d +500")
        .containsPattern("64 at once +2 +1\\.000 ");
  }

  @Test
  void theBaselineIsAFreshLabelledContainerOfTheSameImageAndRuntime() throws Exception {
    Path docker = Files.createFile(folder.resolve("docker"));
    assertThat(docker.toFile().setExecutable(true)).isTrue();

    DockerBaseline baseline =
        new DockerBaseline(Map.of("PATH", folder.toString()), "caisson/base:1", "caisson-runsc");

    assertThat(String.join(" ", baseline.fresh("--rm", "print(1+1)")))
        .matches(
            docker
                + " run --rm --label dev\\.caisson\\.bench=[0-9a-f]{16} --runtime caisson-runsc"
                + " --network none --entrypoint /usr/bin/python3\\.13 caisson/base:1"
                + " -c print\\(1\\+1\\)");
  }

  @Test
  void theBareLoopAnswersEachLineAndEndsWithItsInput() {
    BareLoop loop = new BareLoop(List.of("python3", "-c", BareLoop.PROGRAM));

    try (loop) {
      assertThat(loop.evaluate()).isPositive();
      assertThat(loop.evaluate()).isPositive();
    }
    assertThatThrownBy(loop::evaluate).hasMessageContaining("the bare loop");
  }

  @Test
  void benchAloneSaysWhatItCanMeasure() {
    assertThat(command.execute("bench")).isEqualTo(2);

    assertThat(command.err())
        .contains("bench needs to know what: run, session, calls, neighbour, gate or start");
  }

  private void plays(RunAccepted.Placement placement) {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept(placement);
          scene.stdout("2\n");
          scene.succeed();
        });
  }
}
