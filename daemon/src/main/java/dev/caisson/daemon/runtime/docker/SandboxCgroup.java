package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.runtime.SandboxUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /** What was taken so far; empty once the group is gone. */
  Optional<SandboxUsage> usage();

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
          memory.get(), directory(lines, "cpuacct", container).orElse(memory.get()));
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

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
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

  /** Version 1: each controller has a tree of its own. */
  record Version1(Path memory, Path cpu) implements SandboxCgroup {

    @Override
    public Optional<SandboxUsage> usage() {
      try {
        return Optional.of(
            new SandboxUsage(
                Duration.ofNanos(number(cpu.resolve("cpuacct.usage"))),
                new ByteSize(number(memory.resolve("memory.max_usage_in_bytes"))),
                number(memory.resolve("memory.oom_control"), "oom_kill")));
      } catch (IOException | NumberFormatException e) {
        return Optional.empty();
      }
    }
  }

  /** Version 2: one tree. */
  record Version2(Path group) implements SandboxCgroup {

    @Override
    public Optional<SandboxUsage> usage() {
      try {
        return Optional.of(
            new SandboxUsage(
                Duration.ofNanos(number(group.resolve("cpu.stat"), "usage_usec") * 1000),
                new ByteSize(number(peakFile())),
                number(group.resolve("memory.events"), "oom_kill")));
      } catch (IOException | NumberFormatException e) {
        return Optional.empty();
      }
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
    public Optional<SandboxUsage> usage() {
      return Optional.empty();
    }
  }
}
