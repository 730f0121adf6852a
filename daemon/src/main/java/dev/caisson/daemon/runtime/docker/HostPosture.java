package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.runtime.Fact;
import dev.caisson.daemon.runtime.docker.ProcessPosture.Role;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The posture of one sandbox as the host sees it: its processes, their flags, and the limits that
 * its control group really has.
 *
 * <p>Reads /proc and the cgroup of the processes, and believes neither the engine nor the sandbox.
 * A daemon that is not root may not look at the processes; the report then says so.
 *
 * @param pid the sentry, by the engine's word
 * @param runtime under which it should run
 * @param configuration its host configuration, by the engine's word
 */
record HostPosture(
    String container,
    long pid,
    SandboxLimits limits,
    SandboxCgroup cgroup,
    String runtime,
    Object configuration) {

  private static final Path PROC = Path.of("/proc");

  /** How set-up registers gVisor with the engine. Each is needed; see docs/threat-model.md. */
  private static final List<String> FLAGS =
      List.of(
          "--app-huge-pages=false",
          "--host-fifo=none",
          "--host-uds=none",
          "--net-raw=false",
          "--network=none",
          "--oci-seccomp=true",
          "--overlay2=none",
          "--platform=systrap");

  /** What the engine adds of its own: where to log and to keep state. */
  private static final Set<String> OF_ENGINE =
      Set.of("--root", "--log", "--log-format", "--log-fd", "--systemd-cgroup");

  List<Fact> facts() {
    List<Fact> facts = new ArrayList<>(HostConfigurationPosture.of(limits, runtime, configuration));
    Set<Role> roles = new TreeSet<>();
    for (long process : processes()) {
      Path folder = PROC.resolve(Long.toString(process));
      try {
        String command = ProcessPosture.commandLine(folder);
        Role role = ProcessPosture.roleOf(command);
        if (role != Role.STUB) {
          facts.add(
              new Fact(
                  "host",
                  role.name().toLowerCase(java.util.Locale.ROOT) + ": flags",
                  String.join(" ", FLAGS),
                  flags(command)));
        }
        // Those of the stubs come and go with the threads of the sandbox and are alike.
        if (roles.add(role) || role != Role.STUB) {
          facts.addAll(new ProcessPosture(folder, role, container).facts());
        }
      } catch (NoSuchFileException e) {
        // Ended meanwhile, as stubs do.
      } catch (AccessDeniedException e) {
        facts.add(notVisible(process));
      } catch (IOException e) {
        facts.add(new Fact("host", "process " + process, "readable by the daemon", e.toString()));
      }
    }
    facts.add(
        new Fact(
            "host",
            "processes of gVisor in the control group",
            "[SENTRY, GOFER]",
            roles.stream().filter(role -> role != Role.STUB).toList().toString()));
    facts.addAll(cgroup.limitFacts(limits));
    return facts;
  }

  /** Root has to see everything; for another user the engine's word and the inside have to do. */
  private static Fact notVisible(long process) {
    String what = "not visible to the daemon's user";
    return new Fact("host", "process " + process, isRoot() ? "visible" : what, what);
  }

  private static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(PROC.resolve("self"), "unix:uid"));
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * What is equal for all sandboxes that this gVisor made in this way, and that the engine
   * configured as it was asked to. Looked at for every sandbox: one that is otherwise is of another
   * make, and is examined before it is used.
   */
  String make() {
    try {
      Path folder = PROC.resolve(Long.toString(pid));
      return flags(ProcessPosture.commandLine(folder)) + " by " + program(folder) + differences();
    } catch (IOException e) {
      return "unreadable: " + e;
    }
  }

  /** Which file gVisor is. Only root may look; others do not notice that it was replaced. */
  private static String program(Path folder) throws IOException {
    Path program = folder.resolve("exe");
    try {
      return Files.readAttributes(program, BasicFileAttributes.class).fileKey()
          + " of "
          + Files.getLastModifiedTime(program);
    } catch (AccessDeniedException e) {
      return "a program that is not visible to the daemon's user";
    }
  }

  /** Where the engine's word differs from what it was asked for; usually empty. */
  private String differences() {
    return HostConfigurationPosture.of(limits, runtime, configuration).stream()
        .filter(fact -> !fact.holds())
        .map(fact -> "\n" + fact)
        .collect(Collectors.joining());
  }

  private Set<Long> processes() {
    Set<Long> processes = new LinkedHashSet<>(cgroup.processes());
    processes.add(pid);
    return processes;
  }

  /** gVisor's flags proper: those before its command. */
  private static String flags(String commandLine) {
    Set<String> flags = new TreeSet<>();
    for (String word : Arrays.asList(commandLine.split("\0")).subList(1, words(commandLine))) {
      if (!word.startsWith("-")) {
        break;
      }
      if (!OF_ENGINE.contains(word.split("=", 2)[0])) {
        flags.add(word);
      }
    }
    return String.join(" ", flags);
  }

  private static int words(String commandLine) {
    return Math.max(1, commandLine.split("\0").length);
  }
}
