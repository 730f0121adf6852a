package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.runtime.Fact;
import dev.caisson.daemon.runtime.SandboxUsage;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where the kernel keeps account of one sandbox, in either version of control groups. Found through
 * the sandbox's own process, so that it is right under every layout of the engine.
 *
 * <p>It is gone as soon as the sandbox has died, before its streams have ended: nothing about a
 * death can be read here.
 */
sealed interface SandboxCgroup {

  Path ROOT = Path.of("/sys/fs/cgroup");

  /** The largest number that the kernel writes, and the end of its line. */
  int NUMBER_BYTES = 24;

  /** What was taken so far; empty once the group is gone. */
  Optional<SandboxUsage> usage();

  /** The CPU time alone, which costs less to read. */
  Optional<Duration> cpuTime();

  /** The processes in it, as the host numbers them. */
  List<Long> processes();

  /** The limits that the kernel has for it, beside those that it should have. */
  List<Fact> limitFacts(SandboxLimits limits);

  /** Gives it this weight; false when that is not for this daemon to do, or the group is gone. */
  boolean weigh(CpuWeight weight);

  /** Reads files of the kernel. */
  @FunctionalInterface
  interface Reading<T> {
    T read() throws IOException;
  }

  /** Finds the group of a process of this container; {@link Unreadable} when there is none. */
  static SandboxCgroup ofProcess(long pid, String container) {
    try {
      return of(Files.readAllLines(Path.of("/proc", Long.toString(pid), "cgroup")), container);
    } catch (IOException e) {
      return new Unreadable();
    }
  }

  /** The same from the lines of {@code /proc/PID/cgroup}. */
  static SandboxCgroup of(List<String> lines, String container) {
    Optional<Path> memory = directory(lines, "memory", container);
    if (memory.isPresent()) {
      return new Version1(
          memory.get(),
          directory(lines, "cpuacct", container).orElse(memory.get()),
          directory(lines, "cpu", container).orElse(memory.get()),
          directory(lines, "cpuset", container).orElse(memory.get()),
          directory(lines, "pids", container).orElse(memory.get()));
    }
    return lines.stream()
        .filter(line -> line.startsWith("0::/") && line.contains(container))
        .findFirst()
        .<SandboxCgroup>map(line -> new Version2(ROOT.resolve(line.substring("0::/".length()))))
        .orElse(new Unreadable());
  }

  private static Optional<Path> directory(List<String> lines, String controller, String container) {
    for (String line : lines) {
      String[] fields = line.split(":", 3);
      // Elsewhere than in the container's own group we would count the sandbox's neighbours.
      if (fields.length == 3
          && List.of(fields[1].split(",")).contains(controller)
          && fields[2].contains(container)) {
        return Optional.of(ROOT.resolve(fields[1]).resolve(fields[2].substring(1)));
      }
    }
    return Optional.empty();
  }

  /** What a read gives; empty when the group is gone or the file is not what it should be. */
  static <T> Optional<T> unlessGone(Reading<T> reading) {
    try {
      return Optional.of(reading.read());
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static long number(Path file) throws IOException {
    // Three calls of the kernel, and a run in a session waits for each: a size, which these files
    // do
    // not have, is not asked for.
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      byte[] text = new byte[NUMBER_BYTES];
      int length = Math.max(0, in.read(text));
      return Long.parseLong(new String(text, 0, length, StandardCharsets.US_ASCII).strip());
    }
  }

  /** The number behind a key in a file of lines "key number"; zero when it is not there. */
  private static long number(Path file, String key) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(key + " ")) {
        return Long.parseLong(line.substring(key.length() + 1).strip());
      }
    }
    return 0;
  }

  private static Fact fact(String what, String expected, Path file) {
    try {
      return new Fact("host", "control group: " + what, expected, Files.readString(file).strip());
    } catch (IOException e) {
      return new Fact("host", "control group: " + what, expected, "unreadable: " + e);
    }
  }

  /** False when the group is gone, or not ours to write. */
  static boolean write(Path file, String value) {
    try {
      Files.writeString(
          file, value, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<Long> processes(Path group) {
    try {
      return Files.readAllLines(group.resolve("cgroup.procs")).stream().map(Long::valueOf).toList();
    } catch (IOException | NumberFormatException e) {
      return List.of();
    }
  }

  /**
   * Version 1: each controller has a tree of its own.
   *
   * @param cpu the account of CPU time
   * @param share the limits of CPU
   * @param cpus which CPUs there are for it
   */
  record Version1(Path memory, Path cpu, Path share, Path cpus, Path pids)
      implements SandboxCgroup {

    @Override
    public boolean weigh(CpuWeight weight) {
      return write(share.resolve("cpu.shares"), weight.shares());
    }

    @Override
    public List<Long> processes() {
      return SandboxCgroup.processes(memory);
    }

    @Override
    public List<Fact> limitFacts(SandboxLimits limits) {
      String bytes = Long.toString(HostConfiguration.cgroupMemory(limits).bytes());
      CpuBandwidth bandwidth = CpuBandwidth.of(limits.cpu());
      return List.of(
          fact("memory", bytes, memory.resolve("memory.limit_in_bytes")),
          fact(
              "CPU in a period",
              Long.toString(bandwidth.quotaMicros()),
              share.resolve("cpu.cfs_quota_us")),
          fact(
              "period of CPU",
              Long.toString(bandwidth.periodMicros()),
              share.resolve("cpu.cfs_period_us")),
          fact(
              "tasks",
              Long.toString(HostConfiguration.hostTasks(limits)),
              pids.resolve("pids.max")));
    }

    @Override
    public Optional<Duration> cpuTime() {
      return unlessGone(this::readCpuTime);
    }

    private Duration readCpuTime() throws IOException {
      return Duration.ofNanos(number(cpu.resolve("cpuacct.usage")));
    }

    @Override
    public Optional<SandboxUsage> usage() {
      return unlessGone(() ->
          new SandboxUsage(
              readCpuTime(),
              new ByteSize(number(memory.resolve("memory.usage_in_bytes"))),
              new ByteSize(number(memory.resolve("memory.max_usage_in_bytes"))),
              number(memory.resolve("memory.oom_control"), "oom_kill")));
    }
  }

  /** Version 2: one tree. */
  record Version2(Path group) implements SandboxCgroup {

    @Override
    public boolean weigh(CpuWeight weight) {
      return write(group.resolve("cpu.weight"), weight.weight());
    }

    @Override
    public List<Long> processes() {
      return SandboxCgroup.processes(group);
    }

    @Override
    public List<Fact> limitFacts(SandboxLimits limits) {
      String bytes = Long.toString(HostConfiguration.cgroupMemory(limits).bytes());
      CpuBandwidth bandwidth = CpuBandwidth.of(limits.cpu());
      return List.of(
          fact("memory", bytes, group.resolve("memory.max")),
          fact("swap", "0", group.resolve("memory.swap.max")),
          fact(
              "CPU in a period",
              bandwidth.quotaMicros() + " " + bandwidth.periodMicros(),
              group.resolve("cpu.max")),
          fact(
              "tasks",
              Long.toString(HostConfiguration.hostTasks(limits)),
              group.resolve("pids.max")));
    }

    @Override
    public Optional<Duration> cpuTime() {
      return unlessGone(this::readCpuTime);
    }

    private Duration readCpuTime() throws IOException {
      return Duration.ofNanos(number(group.resolve("cpu.stat"), "usage_usec") * 1000);
    }

    @Override
    public Optional<SandboxUsage> usage() {
      return unlessGone(() ->
          new SandboxUsage(
              readCpuTime(),
              new ByteSize(number(group.resolve("memory.current"))),
              new ByteSize(number(peakFile())),
              number(group.resolve("memory.events"), "oom_kill")));
    }

    /** Kernels before 5.19 keep no peak; what is used now is the best they say. */
    private Path peakFile() {
      Path peak = group.resolve("memory.peak");
      return Files.exists(peak) ? peak : group.resolve("memory.current");
    }
  }

  /** Not readable from here, for example because the daemon may not see the engine's groups. */
  record Unreadable() implements SandboxCgroup {

    @Override
    public boolean weigh(CpuWeight weight) {
      return false;
    }

    @Override
    public List<Long> processes() {
      return List.of();
    }

    /** Without it memory, CPU and CPU time are not limited by anything that we could see. */
    @Override
    public List<Fact> limitFacts(SandboxLimits limits) {
      return List.of(new Fact("host", "control group", "readable", "not readable"));
    }

    @Override
    public Optional<Duration> cpuTime() {
      return Optional.empty();
    }

    @Override
    public Optional<SandboxUsage> usage() {
      return Optional.empty();
    }
  }
}
