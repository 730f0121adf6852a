package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.runtime.Fact;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What the kernel of the host says of one process of a sandbox: gVisor's sentry, its gofer, or one
 * of the processes in which the sentry lets user code run. These are what an attacker has who got
 * out of gVisor, so each is as empty as gVisor makes it.
 *
 * @param process its folder below /proc
 * @param role which of the three
 * @param container the engine's id of the container
 */
record ProcessPosture(Path process, Role role, String container) {

  /**
   * What the process is for.
   *
   * @see #capabilities
   */
  enum Role {
    SENTRY,
    GOFER,
    /** Runs user code on the sentry's behalf; shares its descriptors and rights. */
    STUB
  }

  private static final Path SELF = Path.of("/proc/self/ns");

  /** CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, SYS_CHROOT, SYS_PTRACE, by bit. */
  private static final long GVISORS_OWN = 0x1f | 1L << 18 | 1L << 19;

  private static final Pattern SEEN_FD =
      Pattern.compile("/dev/null|(pipe|socket):\\[\\d+]|anon_inode:.*|/memfd:.*");

  static Role roleOf(String commandLine) {
    String program = commandLine.split("\0", 2)[0];
    if (program.startsWith("runsc-gofer")) {
      return Role.GOFER;
    }
    return program.startsWith("runsc-sandbox") ? Role.SENTRY : Role.STUB;
  }

  List<Fact> facts() throws IOException {
    String who = role.name().toLowerCase(java.util.Locale.ROOT) + ": ";
    List<Fact> facts = new ArrayList<>();
    facts.add(fact(who + "namespaces of its own", "ipc mnt net pid user uts", ownNamespaces()));
    facts.add(fact(who + "seccomp and no-new-privileges in every thread", "2 1", filters()));
    facts.add(fact(who + "capabilities beyond gVisor's own", Fact.NOTHING, excessCapabilities()));
    facts.add(fact(who + "descriptors of unknown kinds", Fact.NOTHING, unknownDescriptors()));
    facts.add(fact(who + "mounts", mountsExpected(), mounts()));
    return facts;
  }

  private static Fact fact(String name, String expected, String seen) {
    return new Fact("host", name, expected, seen);
  }

  private String ownNamespaces() throws IOException {
    Set<String> own = new TreeSet<>();
    for (String name : List.of("ipc", "mnt", "net", "pid", "user", "uts")) {
      Path mine = Files.readSymbolicLink(process.resolve("ns").resolve(name));
      if (!mine.equals(Files.readSymbolicLink(SELF.resolve(name)))) {
        own.add(name);
      }
    }
    return String.join(" ", own);
  }

  private String filters() throws IOException {
    Set<String> seen = new TreeSet<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path task : tasks) {
        Map<String, String> status = status(task);
        seen.add(
            status.getOrDefault("Seccomp", "?") + " " + status.getOrDefault("NoNewPrivs", "?"));
      }
    }
    return String.join(", ", seen);
  }

  private String excessCapabilities() throws IOException {
    Map<String, String> status = status(process);
    Set<String> excess = new TreeSet<>();
    for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
      long bits = Long.parseUnsignedLong(status.getOrDefault(set, "ffffffffffffffff"), 16);
      if ((bits & ~GVISORS_OWN) != 0) {
        excess.add(set + " " + Long.toHexString(bits & ~GVISORS_OWN));
      }
    }
    return orNothing(excess);
  }

  /**
   * Pipes, sockets and memory are how gVisor works; a file may only be one of the image, opened for
   * reading, or gVisor's own log and account.
   */
  private String unknownDescriptors() throws IOException {
    Set<String> unknown = new TreeSet<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        String target;
        try {
          target = Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
          continue; // closed meanwhile
        }
        if (!SEEN_FD.matcher(target).matches()
            && !ofGvisor(target)
            && !ofImage(descriptor, target)) {
          unknown.add(target);
        }
      }
    }
    return orNothing(unknown);
  }

  private boolean ofGvisor(String target) {
    String name = target.substring(target.lastIndexOf('/') + 1);
    return target.contains(container)
        && (Set.of("log.json", "config.json").contains(name) || name.startsWith("cpu."));
  }

  private boolean ofImage(Path descriptor, String target) throws IOException {
    if (!target.equals("/") && !target.equals("/root") && !target.startsWith("/root/")) {
      return false;
    }
    Path info = process.resolve("fdinfo").resolve(descriptor.getFileName().toString());
    try {
      return Files.readAllLines(info).stream()
          .filter(line -> line.startsWith("flags:"))
          .allMatch(line -> (Long.parseLong(line.substring(6).strip(), 8) & 3) == 0);
    } catch (IOException e) {
      return !Files.exists(descriptor, LinkOption.NOFOLLOW_LINKS);
    }
  }

  private String mountsExpected() {
    return role == Role.GOFER ? "/ ro" : "/ ro tmpfs";
  }

  /**
   * Where something is mounted. The engine's three text files are the image's, as it wants them.
   */
  private String mounts() throws IOException {
    Map<String, String> mounts = new TreeMap<>();
    for (String line : Files.readAllLines(process.resolve("mountinfo"))) {
      String[] fields = line.split(" ");
      String type = line.substring(line.indexOf(" - ") + 3).split(" ")[0];
      String access = Arrays.asList(fields[5].split(",")).contains("ro") ? "ro" : "rw";
      boolean ofEngine =
          access.equals("ro")
              && fields[3].contains(container)
              && Set.of("/etc/hostname", "/etc/hosts", "/etc/resolv.conf").contains(fields[4]);
      if (!ofEngine) {
        mounts.put(fields[4], access + (role == Role.GOFER ? "" : " " + type));
      }
    }
    StringBuilder text = new StringBuilder();
    mounts.forEach(
        (place, how) -> text.append(text.isEmpty() ? "" : ", ").append(place + " " + how));
    return text.toString();
  }

  private static Map<String, String> status(Path task) throws IOException {
    Map<String, String> status = new TreeMap<>();
    for (String line : Files.readAllLines(task.resolve("status"))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        status.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return status;
  }

  private static String orNothing(Set<String> names) {
    return names.isEmpty() ? Fact.NOTHING : String.join(", ", names);
  }

  static String commandLine(Path process) throws IOException {
    return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
  }
}
