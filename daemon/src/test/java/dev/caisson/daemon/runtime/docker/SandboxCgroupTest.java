package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.runtime.Fact;
import dev.caisson.daemon.runtime.SandboxUsage;
import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SandboxCgroupTest {

  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  @Test
  void versionOneIsFoundInTheTreesOfItsControllers() {
    assertThat(
            SandboxCgroup.of(
                List.of(
                    "4:memory:/docker/abc",
                    "2:cpu,cpuacct:/docker/abc",
                    "3:cpuset:/docker/abc",
                    "1:pids:/docker/abc"),
                "abc"))
        .isEqualTo(
            new SandboxCgroup.Version1(
                ROOT.resolve("memory/docker/abc"),
                ROOT.resolve("cpu,cpuacct/docker/abc"),
                ROOT.resolve("cpu,cpuacct/docker/abc"),
                ROOT.resolve("cpuset/docker/abc"),
                ROOT.resolve("pids/docker/abc")));
  }

  @Test
  void versionTwoIsFoundUnderTheSystemdDriverToo() {
    assertThat(SandboxCgroup.of(List.of("0::/system.slice/docker-abc.scope"), "abc"))
        .isEqualTo(new SandboxCgroup.Version2(ROOT.resolve("system.slice/docker-abc.scope")));
  }

  @Test
  void aGroupThatIsNotTheContainersOwnIsNotRead() {
    assertThat(SandboxCgroup.of(List.of("4:memory:/", "0::/"), "abc"))
        .isEqualTo(new SandboxCgroup.Unreadable());
  }

  @Test
  void versionOneIsReadInItsUnits(@TempDir Path group) throws IOException {
    Files.writeString(group.resolve("cpuacct.usage"), "1500000000\n");
    Files.writeString(group.resolve("memory.usage_in_bytes"), "8192\n");
    Files.writeString(group.resolve("memory.max_usage_in_bytes"), "1048576\n");
    Files.writeString(
        group.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
    assertThat(version1(group).usage())
        .contains(
            new SandboxUsage(
                Duration.ofMillis(1500), new ByteSize(8192), ByteSize.ofMebibytes(1), 2));
  }

  @Test
  void versionTwoIsReadInItsUnits(@TempDir Path group) throws IOException {
    Files.writeString(group.resolve("cpu.stat"), "usage_usec 1500000\nuser_usec 1\n");
    Files.writeString(group.resolve("memory.current"), "8192\n");
    Files.writeString(group.resolve("memory.peak"), "1048576\n");
    Files.writeString(group.resolve("memory.events"), "low 0\nmax 9\noom 3\noom_kill 2\n");
    assertThat(new SandboxCgroup.Version2(group).usage())
        .contains(
            new SandboxUsage(
                Duration.ofMillis(1500), new ByteSize(8192), ByteSize.ofMebibytes(1), 2));
  }

  @Test
  void oneThatIsMadeWeighsASixteenthOfOneThatIsReady(@TempDir Path group) throws IOException {
    Files.createFile(group.resolve("cpu.shares"));
    Files.createFile(group.resolve("cpu.weight"));

    assertThat(version1(group).weigh(CpuWeight.WHILE_MADE)).isTrue();
    assertThat(new SandboxCgroup.Version2(group).weigh(CpuWeight.WHILE_MADE)).isTrue();
    assertThat(group.resolve("cpu.shares")).hasContent("64");
    assertThat(group.resolve("cpu.weight")).hasContent("6");
  }

  @Test
  void aGroupThatIsGoneIsNotWeighed(@TempDir Path folder) {
    assertThat(version1(folder).weigh(CpuWeight.READY)).isFalse();
    assertThat(new SandboxCgroup.Version2(folder).weigh(CpuWeight.READY)).isFalse();
    assertThat(new SandboxCgroup.Unreadable().weigh(CpuWeight.READY)).isFalse();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aGroupThatIsGoneSaysNothing(@TempDir Path folder) {
    assertThat(version1(folder.resolve("x")).usage()).isEmpty();
    assertThat(new SandboxCgroup.Version2(folder.resolve("x")).usage()).isEmpty();
  }

  @Test
  void versionTwoIsFoundUnderTheEnginesOwnDriver() {
    assertThat(SandboxCgroup.of(List.of("0::/docker/abc"), "abc"))
        .isEqualTo(new SandboxCgroup.Version2(ROOT.resolve("docker/abc")));
  }

  @Test
  void onAMachineWithBothVersionsTheControllersOfVersionOneCount() {
    assertThat(SandboxCgroup.of(List.of("4:memory:/docker/abc", "0::/docker/abc"), "abc"))
        .isInstanceOf(SandboxCgroup.Version1.class);
  }

  @Test
  void versionTwoOfAnOldKernelKeepsNoPeakAndSaysWhatIsUsedNow(@TempDir Path group)
      throws IOException {
    Files.writeString(group.resolve("cpu.stat"), "usage_usec 1\n");
    Files.writeString(group.resolve("memory.current"), "4096\n");
    Files.writeString(group.resolve("memory.events"), "oom_kill 0\n");
    assertThat(new SandboxCgroup.Version2(group).usage())
        .contains(
            new SandboxUsage(Duration.ofNanos(1000), new ByteSize(4096), new ByteSize(4096), 0));
  }

  @Test
  void accountsThatAreNoNumbersAreNoAccount(@TempDir Path group) throws IOException {
    Files.writeString(group.resolve("cpu.stat"), "usage_usec many\n");
    Files.writeString(group.resolve("memory.peak"), "4096\n");
    Files.writeString(group.resolve("memory.events"), "oom_kill 0\n");
    assertThat(new SandboxCgroup.Version2(group).usage()).isEmpty();
  }

  @Test
  void theLimitsOfVersionTwoAreHeldAgainstWhatTheyShouldBe(@TempDir Path group) throws IOException {
    writeLimits(group);
    assertThat(new SandboxCgroup.Version2(group).limitFacts(Specs.LIMITS))
        .hasSize(4)
        .allMatch(Fact::holds);
  }

  @ParameterizedTest
  @CsvSource({
    "memory.max, max",
    "memory.swap.max, max",
    "cpu.max, max 10000",
    "cpu.max, 10000 5000",
    "pids.max, max"
  })
  void aLimitOfVersionTwoThatIsWiderIsADifference(String file, String value, @TempDir Path group)
      throws IOException {
    writeLimits(group);
    Files.writeString(group.resolve(file), value + "\n");
    assertThat(new SandboxCgroup.Version2(group).limitFacts(Specs.LIMITS))
        .filteredOn(fact -> !fact.holds())
        .singleElement()
        .extracting(Fact::seen)
        .isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory.max", "memory.swap.max", "cpu.max", "pids.max"})
  void aLimitOfVersionTwoThatCannotBeReadIsADifference(String file, @TempDir Path group)
      throws IOException {
    writeLimits(group);
    Files.delete(group.resolve(file));
    assertThat(new SandboxCgroup.Version2(group).limitFacts(Specs.LIMITS))
        .filteredOn(fact -> !fact.holds())
        .singleElement()
        .extracting(Fact::seen)
        .asString()
        .startsWith("unreadable: ");
  }

  @Test
  void theProcessesOfVersionTwoAreThoseOfItsGroup(@TempDir Path group) throws IOException {
    Files.writeString(group.resolve("cgroup.procs"), "12\n345\n");
    assertThat(new SandboxCgroup.Version2(group).processes()).containsExactly(12L, 345L);
    assertThat(new SandboxCgroup.Version2(group.resolve("x")).processes()).isEmpty();
  }

  @Test
  void withoutAReadableGroupNothingIsKnownAndThatIsADifference() {
    SandboxCgroup unreadable = new SandboxCgroup.Unreadable();
    assertThat(unreadable.usage()).isEmpty();
    assertThat(unreadable.processes()).isEmpty();
    assertThat(unreadable.limitFacts(Specs.LIMITS)).noneMatch(Fact::holds).hasSize(1);
  }

  /** As the kernel shows them for 64 + 8 + 6 + 2 MiB, a reserve of 64 MiB, and one processor. */
  private static void writeLimits(Path group) throws IOException {
    Files.writeString(group.resolve("memory.max"), (144L << 20) + "\n");
    Files.writeString(group.resolve("memory.swap.max"), "0\n");
    Files.writeString(group.resolve("cpu.max"), "10000 10000\n");
    Files.writeString(group.resolve("pids.max"), "576\n");
  }

  private static SandboxCgroup version1(Path group) {
    return new SandboxCgroup.Version1(group, group, group, group, group);
  }
}
