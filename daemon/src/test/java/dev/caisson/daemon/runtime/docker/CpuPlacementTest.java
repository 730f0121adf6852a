package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.model.ManualTicker;
import dev.caisson.daemon.model.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over groups that are folders. The placement's own looks see no time pass and change nothing. */
final class CpuPlacementTest {

  private static final CpuMillis ONE_CPU = new CpuMillis(1_000);

  private final ManualTicker ticker = new ManualTicker();
  private final CpuPlacement placement = new CpuPlacement(ticker);

  private Duration worked = Duration.ZERO;

  @TempDir Path folder;

  @AfterEach
  void end() {
    placement.close();
  }

  @Test
  void eachIsGivenACpuAtOnce() {
    SandboxCgroup first = group("first", "0-1");
    SandboxCgroup second = group("second", "0-1");
    placement.watch(first, ONE_CPU);
    placement.watch(second, new CpuMillis(500));
    assertThat(cpus("first")).isEqualTo("0");
    assertThat(cpus("second")).isEqualTo("1");
  }

  @Test
  void theIdleLeaveTheCpuOfTheBusy() {
    placement.watch(group("busy", "0-1"), ONE_CPU);
    placement.watch(group("other", "0-1"), ONE_CPU);
    placement.watch(group("idle", "0-1"), ONE_CPU);
    assertThat(cpus("idle")).isEqualTo("0");

    use("busy", Duration.ofMillis(80));
    lookAfter(Duration.ofMillis(100));

    assertThat(cpus("busy")).isEqualTo("0");
    assertThat(cpus("idle")).isEqualTo("1");
  }

  @Test
  void whatCountsIsTheUseSinceTheLookBefore() {
    placement.watch(group("once", "0-1"), ONE_CPU);
    placement.watch(group("other", "0-1"), ONE_CPU);
    use("once", Duration.ofMillis(80));
    lookAfter(Duration.ofMillis(100));
    lookAfter(Duration.ofMillis(100));

    placement.watch(group("new", "0-1"), ONE_CPU);

    assertThat(cpus("new")).isEqualTo("0");
  }

  @Test
  void whoMayUseSeveralCpusIsLeftAlone() {
    placement.watch(group("wide", "0-1"), new CpuMillis(1_001));
    assertThat(cpus("wide")).isEqualTo("0-1");
  }

  @Test
  void whoHasOneCpuAnyhowIsLeftAlone() {
    placement.watch(group("narrow", "1-1"), ONE_CPU);
    assertThat(cpus("narrow")).isEqualTo("1-1");
  }

  @Test
  void whoIsGoneIsForgotten() {
    placement.watch(group("gone", "0-1"), ONE_CPU);
    placement.watch(group("other", "0-1"), ONE_CPU);
    placement.watch(group("busy", "0-1"), ONE_CPU);
    remove("gone", "cpu.stat");
    use("busy", Duration.ofMillis(80));
    write("gone", "cpuset.cpus", "0-1");

    lookAfter(Duration.ofMillis(100));
    placement.watch(group("new", "0-1"), ONE_CPU);

    assertThat(cpus("gone")).isEqualTo("0-1");
    assertThat(cpus("new")).isEqualTo("1");
  }

  @Test
  void whoIsAloneForAWhileMayUseAllCpus() {
    SandboxCgroup lone = alone("lone");
    assertThat(cpus("lone")).isEqualTo("0,1");
    assertThat(cpus("other")).isEqualTo("1");

    placement.begins(lone);
    workOn("lone", Duration.ofMillis(100));

    assertThat(cpus("lone")).isEqualTo("0,1");
  }

  @Test
  void beforeThatWhileItIsKeptToOne() {
    SandboxCgroup lone = group("lone", "0-1");
    placement.watch(lone, ONE_CPU);
    placement.watch(group("other", "0-1"), ONE_CPU);
    placement.begins(lone);

    workOn("lone", Solitude.QUIET.minusMillis(100));

    assertThat(cpus("lone")).isEqualTo("0");
  }

  @Test
  void whoDoesNothingStaysWhereItIs() {
    SandboxCgroup idle = group("idle", "0-1");
    placement.watch(idle, ONE_CPU);
    lookAfter(Solitude.QUIET.multipliedBy(2));
    assertThat(cpus("idle")).isEqualTo("0");
  }

  @Test
  void aRunThatBeginsElsewhereIsMadeRoomForAtOnce() {
    var unused = alone("lone");
    placement.begins(new SandboxCgroup.Version2(folder.resolve("other")));
    assertThat(cpus("lone")).isEqualTo("0");

    workOn("lone", Solitude.QUIET.minusMillis(100));
    assertThat(cpus("lone")).isEqualTo("0");
  }

  @Test
  void anotherThatWorksWithoutARunIsMadeRoomForAtTheNextLook() {
    var unused = alone("lone");
    use("other", Duration.ofMillis(6));
    lookAfter(Duration.ofMillis(100));
    assertThat(cpus("lone")).isEqualTo("0");
  }

  @Test
  void anotherThatComesIsMadeRoomForAtOnce() {
    var unused = alone("lone");
    placement.watch(group("new", "0-1"), ONE_CPU);
    assertThat(cpus("lone")).isEqualTo("0");
  }

  @Test
  void anotherThatWentWasThereUntilThen() {
    SandboxCgroup lone = group("lone", "0-1");
    placement.watch(group("other", "0-1"), ONE_CPU);
    placement.watch(lone, ONE_CPU);
    placement.begins(lone);
    workOn("lone", Solitude.QUIET.minusMillis(200));
    remove("other", "cpu.stat");
    workOn("lone", Duration.ofMillis(300));
    assertThat(cpus("lone")).isIn("0", "1");
  }

  /** The first of two, which has been at work for long enough on its own. */
  private SandboxCgroup alone(String name) {
    SandboxCgroup lone = group(name, "0-1");
    placement.watch(lone, ONE_CPU);
    placement.watch(group("other", "0-1"), ONE_CPU);
    placement.begins(lone);
    workOn(name, Solitude.QUIET);
    return lone;
  }

  /** Uses most of a CPU, and is looked at ten times a second. */
  private void workOn(String name, Duration time) {
    for (int i = 0; i < time.toMillis() / 100; i++) {
      worked = worked.plusMillis(80);
      use(name, worked);
      lookAfter(Duration.ofMillis(100));
    }
  }

  @Test
  void itLooksByItself() {
    try (CpuPlacement own = new CpuPlacement(Ticker.SYSTEM)) {
      own.watch(group("busy", "0-1"), ONE_CPU);
      own.watch(group("other", "0-1"), ONE_CPU);
      own.watch(group("idle", "0-1"), ONE_CPU);
      assertThat(cpus("idle")).isEqualTo("0");

      use("busy", Duration.ofHours(1));

      await().untilAsserted(() -> assertThat(cpus("idle")).isEqualTo("1"));
    }
  }

  private SandboxCgroup group(String name, String cpus) {
    try {
      Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    write(name, "cpuset.cpus.effective", cpus);
    write(name, "cpuset.cpus", cpus);
    use(name, Duration.ZERO);
    return new SandboxCgroup.Version2(folder.resolve(name));
  }

  private void use(String name, Duration used) {
    write(name, "cpu.stat", "usage_usec " + used.toNanos() / 1_000 + "\n");
  }

  private void lookAfter(Duration time) {
    ticker.advance(time);
    placement.look();
  }

  private String cpus(String name) {
    try {
      return Files.readString(folder.resolve(name).resolve("cpuset.cpus"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String name, String file, String text) {
    try {
      Files.writeString(folder.resolve(name).resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void remove(String name, String file) {
    try {
      Files.delete(folder.resolve(name).resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
