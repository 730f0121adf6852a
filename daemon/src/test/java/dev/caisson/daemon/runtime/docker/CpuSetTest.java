package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CpuSetTest {

  @TempDir Path group;

  @Test
  void versionOneHasItsOwnList() throws IOException {
    Files.writeString(group.resolve("cpuset.cpus"), "0-2,8\n");
    assertThat(CpuSet.of(version1())).map(CpuSet::cpus).contains(List.of(0, 1, 2, 8));
  }

  @Test
  void versionTwoHasWhatIsLeftToItFromAbove() throws IOException {
    Files.writeString(group.resolve("cpuset.cpus"), "\n");
    Files.writeString(group.resolve("cpuset.cpus.effective"), "4-5\n");
    assertThat(CpuSet.of(version2())).map(CpuSet::cpus).contains(List.of(4, 5));
  }

  @Test
  void theKernelIsToldOfOneCpu() throws IOException {
    Files.writeString(group.resolve("cpuset.cpus"), "0-1\n");
    assertThat(CpuSet.of(version1()).orElseThrow().confineTo(1)).isTrue();
    assertThat(group.resolve("cpuset.cpus")).hasContent("1");
  }

  @Test
  void theKernelIsToldOfAllOfThemAgain() throws IOException {
    Files.writeString(group.resolve("cpuset.cpus"), "0-1,8\n");
    CpuSet cpus = CpuSet.of(version1()).orElseThrow();
    cpus.confineTo(1);
    assertThat(cpus.loosen()).isTrue();
    assertThat(group.resolve("cpuset.cpus")).hasContent("0,1,8");
  }

  @Test
  void aGroupThatIsGoneIsNotMadeAnew() throws IOException {
    Files.writeString(group.resolve("cpuset.cpus"), "0-1\n");
    CpuSet cpus = CpuSet.of(version1()).orElseThrow();
    Files.delete(group.resolve("cpuset.cpus"));
    assertThat(cpus.confineTo(1)).isFalse();
    assertThat(group).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "all", "0-", "-1"})
  void whatIsNoListIsNoSet(String text) throws IOException {
    Files.writeString(group.resolve("cpuset.cpus"), text + "\n");
    assertThat(CpuSet.of(version1())).isEmpty();
  }

  @Test
  void withoutTheControllerThereIsNone() throws IOException {
    assertThat(CpuSet.of(version1())).isEmpty();
    Files.writeString(group.resolve("cpuset.cpus.effective"), "0-1\n");
    assertThat(CpuSet.of(version2())).isEmpty();
    assertThat(CpuSet.of(new SandboxCgroup.Unreadable())).isEmpty();
  }

  private SandboxCgroup version1() {
    return new SandboxCgroup.Version1(group, group, group, group, group);
  }

  private SandboxCgroup version2() {
    return new SandboxCgroup.Version2(group);
  }
}
