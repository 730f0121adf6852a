package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.runtime.SandboxUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SandboxCgroupTest {

  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  @Test
  void versionOneIsFoundInTheTreesOfItsControllers() {
    assertThat(
            SandboxCgroup.of(
                List.of("4:memory:/docker/abc", "2:cpu,cpuacct:/docker/abc", "1:pids:/docker/abc"),
                "abc"))
        .isEqualTo(
            new SandboxCgroup.Version1(
                ROOT.resolve("memory/docker/abc"),
                ROOT.resolve("cpu,cpuacct/docker/abc"),
                ROOT.resolve("cpu,cpuacct/docker/abc"),
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
    Files.writeString(group.resolve("memory.max_usage_in_bytes"), "1048576\n");
    Files.writeString(
        group.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
    assertThat(version1(group).usage())
        .contains(new SandboxUsage(Duration.ofMillis(1500), ByteSize.ofMebibytes(1), 2));
  }

  @Test
  void versionTwoIsReadInItsUnits(@TempDir Path group) throws IOException {
    Files.writeString(group.resolve("cpu.stat"), "usage_usec 1500000\nuser_usec 1\n");
    Files.writeString(group.resolve("memory.peak"), "1048576\n");
    Files.writeString(group.resolve("memory.events"), "low 0\nmax 9\noom 3\noom_kill 2\n");
    assertThat(new SandboxCgroup.Version2(group).usage())
        .contains(new SandboxUsage(Duration.ofMillis(1500), ByteSize.ofMebibytes(1), 2));
  }

  @Test
  void aGroupThatIsGoneSaysNothing(@TempDir Path folder) {
    assertThat(version1(folder.resolve("x")).usage()).isEmpty();
    assertThat(new SandboxCgroup.Version2(folder.resolve("x")).usage()).isEmpty();
  }

  private static SandboxCgroup version1(Path group) {
    return new SandboxCgroup.Version1(group, group, group, group);
  }
}
