package dev.caisson.daemon.runtime.docker;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The CPUs that the threads of one sandbox may run on.
 *
 * @param file where the kernel is told
 * @param cpus what it was given by the engine, in ascending order
 */
record CpuSet(Path file, List<Integer> cpus) {

  private static final String FILE = "cpuset.cpus";

  CpuSet {
    cpus = List.copyOf(cpus);
  }

  /** Empty where the kernel, the engine or our rights do not let it be said for this group. */
  static Optional<CpuSet> of(SandboxCgroup cgroup) {
    return switch (cgroup) {
      case SandboxCgroup.Version1 one -> of(one.cpus(), FILE);
      case SandboxCgroup.Version2 two -> of(two.group(), "cpuset.cpus.effective");
      case SandboxCgroup.Unreadable unreadable -> Optional.empty();
    };
  }

  private static Optional<CpuSet> of(Path group, String list) {
    Path file = group.resolve(FILE);
    return SandboxCgroup.unlessGone(() -> parse(Files.readString(group.resolve(list)).strip()))
        .map(cpus -> new CpuSet(file, cpus))
        .filter(set -> Files.isWritable(file));
  }

  /** Keeps all its threads on one of the CPUs; false when the group is gone. */
  boolean confineTo(int cpu) {
    return SandboxCgroup.write(file, Integer.toString(cpu));
  }

  /** Lets them run on all of the CPUs again; false when the group is gone. */
  boolean loosen() {
    return SandboxCgroup.write(
        file, cpus.stream().map(String::valueOf).collect(Collectors.joining(",")));
  }

  /** The kernel's way to write a set: "0-3,8". */
  private static List<Integer> parse(String text) {
    List<Integer> cpus = new ArrayList<>();
    for (String range : text.split(",")) {
      String[] ends = range.split("-", 2);
      int first = Integer.parseInt(ends[0]);
      int last = Integer.parseInt(ends[ends.length - 1]);
      IntStream.rangeClosed(first, last).forEach(cpus::add);
    }
    return cpus;
  }
}
