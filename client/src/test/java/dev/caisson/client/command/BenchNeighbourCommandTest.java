package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.client.ScriptedDaemon;
import dev.caisson.v1.RunFinished;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class BenchNeighbourCommandTest {

  /** So many times its quiet value that no machine is slow enough. */
  private static final String ANYTHING = "1e9";

  @TempDir Path folder;
  private ScriptedDaemon daemon;
  private CommandRun command;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder, new FillingPools());
    command = new CommandRun(daemon.socket());
    stolen(0);
    Files.writeString(autogroup(), "/autogroup-7 nice 3\n");
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  @Test
  void eachAttackIsALineOfItsOwnBesideTheRunsAlone() {
    wellBehaved();
    hostile();
    wellBehaved();
    wellBehaved();
    hostile();
    wellBehaved();
    Path json = folder.resolve("bench.json");

    int status = bench("--attack", "cpu,calls", "--most", ANYTHING, "--json", json.toString());

    assertThat(command.err()).isEmpty();
    assertThat(status).isZero();
    assertThat(command.out())
        .containsPattern("(?m)^alone +2 ")
        .containsPattern("(?m)^beside cpu +1 .* 0$")
        .containsPattern("(?m)^beside calls +1 .* 0$")
        .containsPattern(
            "cpu: p99 [0-9.]+ times that alone; up to 32 processes spin; ended 1 x CANCELLED")
        .contains("holds: ");
    JsonNode report = JsonMapper.shared().readTree(json.toFile());
    assertThat(report.path("series").size()).isEqualTo(3);
  }

  @Test
  void runsAloneAndRunsBesideAnAttackTakeTurns() {
    for (int round = 0; round < 2; round++) {
      int runs = round == 0 ? 10 : 1;
      for (int i = 0; i < runs; i++) {
        wellBehaved();
      }
      hostile();
      for (int i = 0; i < runs; i++) {
        wellBehaved();
      }
    }

    assertThat(bench("-n", "11", "--attack", "cpu", "--most", ANYTHING)).isZero();

    assertThat(command.out())
        .containsPattern("(?m)^alone +11 ")
        .containsPattern("(?m)^beside cpu +11 .* 0$")
        .contains("ended 2 x CANCELLED");
  }

  @Test
  void theSessionOfTheClientGoesFirstAsLongAsItMeasures() throws IOException {
    List<String> whileMeasured = new ArrayList<>();
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          whileMeasured.add(read(autogroup()));
          scene.accept();
          scene.stdout("2\n");
          scene.succeed();
        });
    hostile();
    wellBehaved();

    bench("--attack", "cpu", "--most", ANYTHING);

    assertThat(whileMeasured).containsExactly("-10");
    assertThat(autogroup()).hasContent("3");
  }

  @Test
  void aClientThatCannotGoFirstSaysSoAndMeasures() throws IOException {
    Files.delete(autogroup());
    wellBehaved();
    hostile();
    wellBehaved();

    assertThat(bench("--attack", "cpu", "--most", ANYTHING)).isZero();

    assertThat(command.err()).contains("this process cannot be preferred");
  }

  @Test
  void aP99ThatIsTooManyTimesItsQuietValueFails() {
    wellBehaved();
    hostile();
    wellBehaved();

    assertThat(bench("--attack", "cpu", "--most", "1e-9")).isEqualTo(1);

    assertThat(command.out()).contains("does not hold beside: cpu");
  }

  @Test
  void anOutcomeThatChangedFailsAndIsTold() {
    wellBehaved();
    hostile();
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.finish(
              RunFinished.newBuilder()
                  .setOutcome(RunFinished.Outcome.SANDBOX_LOST)
                  .setMessage("it is gone"));
        });

    assertThat(bench("--attack", "cpu", "--most", ANYTHING)).isEqualTo(1);

    assertThat(command.out())
        .containsPattern("(?m)^beside cpu +0 .* 1$")
        .contains("changed: 1 x SANDBOX_LOST: it is gone")
        .contains("does not hold beside: cpu");
  }

  @Test
  void anOutputThatChangedIsAnOutcomeThatChanged() {
    wellBehaved();
    hostile();
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.stdout("3\n");
          scene.succeed();
        });

    assertThat(bench("--attack", "cpu", "--most", ANYTHING)).isEqualTo(1);

    assertThat(command.out()).contains("changed: 1 x SUCCEEDED with the output '3");
  }

  @Test
  void anAttackThatEndsIsBegunAnewAndARunThatMissedItDoesNotCount() {
    wellBehaved();
    shortLived();
    wellBehaved();
    hostile();
    wellBehaved();

    assertThat(bench("--attack", "death", "--most", ANYTHING)).isZero();

    assertThat(command.out())
        .containsPattern("(?m)^beside death +1 ")
        .contains("ended 1 x CANCELLED, 1 x OUT_OF_MEMORY");
  }

  @Test
  void anAttackThatIsAlwaysOverTooSoonIsNotTakenForOneThatDoesNoHarm() {
    wellBehaved();
    for (int i = 0; i < 4; i++) {
      shortLived();
      wellBehaved();
    }

    assertThat(bench("--attack", "death")).isEqualTo(125);

    assertThat(command.err()).contains("the attack 'death' is over before a run beside it is");
  }

  @Test
  void runsDuringWhichTheHypervisorTookProcessorTimeAreLeftOutAndMadeAgain() {
    slowedDown(1);
    wellBehaved();
    hostile();
    wellBehaved();

    assertThat(bench("--attack", "cpu", "--most", ANYTHING)).isZero();

    assertThat(command.out())
        .containsPattern("(?m)^alone +1 ")
        .containsPattern("(?m)^beside cpu +1 .* 0$")
        .contains("left out: 1 runs during which the hypervisor");
  }

  @Test
  void soAreRunsBesideAnAttack() {
    wellBehaved();
    hostile();
    slowedDown(1);
    wellBehaved();

    assertThat(bench("--attack", "cpu", "--most", ANYTHING)).isZero();

    assertThat(command.out()).containsPattern("(?m)^beside cpu +1 .* 0$").contains("left out: 1 ");
  }

  @Test
  void aMachineThatIsAlwaysSlowedDownIsMeasuredAllTheSame() {
    slowedDown(1);
    slowedDown(2);
    hostile();
    slowedDown(3);

    assertThat(bench("--attack", "cpu", "--most", ANYTHING)).isZero();

    assertThat(command.out()).contains("left out: 1 runs");
  }

  private void stolen(int ticks) {
    try {
      Files.writeString(folder.resolve("stat"), "cpu  1 2 3 4 5 6 7 %d 0 0\n".formatted(ticks));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A run while which the hypervisor takes time. */
  private void slowedDown(int ticks) {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          stolen(ticks);
          scene.stdout("2\n");
          scene.succeed();
        });
  }

  private int bench(String... options) {
    List<String> all =
        new ArrayList<>(List.of("bench", "neighbour", "--warm-up", "0", "--questions", "0"));
    all.addAll(List.of("--proc-stat", folder.resolve("stat").toString()));
    all.addAll(List.of("--autogroup", autogroup().toString()));
    if (!List.of(options).contains("-n")) {
      all.addAll(List.of("-n", "1"));
    }
    all.addAll(List.of(options));
    return command.execute(all.toArray(String[]::new));
  }

  private Path autogroup() {
    return folder.resolve("autogroup");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void wellBehaved() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.stdout("2\n");
          scene.succeed();
        });
  }

  private void hostile() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.stdout("at it\n");
          assertThat(scene.request().hasCancel()).isTrue();
          scene.finish(RunFinished.newBuilder().setOutcome(RunFinished.Outcome.CANCELLED));
        });
  }

  /** Over before it says that it is at work, so that no run can be beside it. */
  private void shortLived() {
    daemon
        .runs()
        .plays(scene -> {
          scene.start();
          scene.accept();
          scene.finish(RunFinished.newBuilder().setOutcome(RunFinished.Outcome.OUT_OF_MEMORY));
        });
  }
}
