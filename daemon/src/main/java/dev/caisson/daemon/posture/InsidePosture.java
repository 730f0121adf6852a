package dev.caisson.daemon.posture;

import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.runtime.Fact;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The program that looks around in a sandbox, and what it should find. */
final class InsidePosture {

  private static final String RESOURCE = "inside.py";

  /** All of them are gVisor's own emulations but the root, which the gofer serves. */
  private static final Map<String, String> MOUNTS =
      Map.of(
          "mount /", "9p ro",
          "mount /dev", "dev rw",
          "mount /dev/pts", "devpts rw",
          "mount /dev/shm", "tmpfs rw",
          "mount /proc", "proc rw",
          "mount /sys", "sysfs ro",
          "mount /tmp", "tmpfs rw",
          "mount /workspace", "tmpfs rw",
          "control groups that can be written", "");

  private InsidePosture() {}

  static String program() {
    try (InputStream in = InsidePosture.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the daemon's own jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the program printed, beside what it should have. */
  static List<Fact> facts(String printed, SandboxLimits limits) {
    Map<String, String> expected = expected(limits);
    Map<String, String> found = found(printed);
    Set<String> names = new TreeSet<>(expected.keySet());
    names.addAll(found.keySet());
    List<Fact> facts = new ArrayList<>();
    for (String name : names) {
      facts.add(
          new Fact(
              "inside",
              name,
              expected.getOrDefault(name, Fact.NOTHING),
              found.getOrDefault(name, Fact.NOTHING)));
    }
    return facts;
  }

  private static Map<String, String> found(String printed) {
    Map<String, String> found = new TreeMap<>();
    try {
      for (Map.Entry<String, JsonNode> entry : JsonMapper.shared().readTree(printed).properties()) {
        found.put(entry.getKey(), entry.getValue().asString());
      }
    } catch (JacksonException e) {
      found.put("report", "not readable: " + e.getOriginalMessage());
    }
    return found;
  }

  static Map<String, String> expected(SandboxLimits limits) {
    Map<String, String> expected = new TreeMap<>();
    expected.put("kernel", "gvisor");
    expected.put("user", "65532 65532 65532 65532 65532 65532 65532");
    for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
      expected.put(set, "0000000000000000");
    }
    expected.put("no new privileges", "1");
    expected.put("seccomp", "2");
    expected.putAll(MOUNTS);
    expected.put("size of /workspace", bytes(limits.workspace()));
    expected.put("size of /tmp", bytes(limits.tmp()));
    expected.put("size of /dev/shm", bytes(limits.shm()));
    expected.put("root", "ro");
    // Eight of the agent's own come on top.
    expected.put("limit NPROC", twice(limits.processes() + 8L));
    expected.put("limit NOFILE", twice(limits.openFiles()));
    expected.put("limit FSIZE", twice(limits.fileSize().bytes()));
    expected.put("limit CORE", twice(0));
    expected.put("network", "lo");
    expected.put("devices", "full fuse null random tty urandom zero");
    expected.put("block devices", "");
    expected.put("environment", "HOME HOSTNAME LANG PATH TZ USER");
    expected.put("working directory", "/workspace");
    for (String call : List.of("unshare", "mount", "setns", "chroot", "ptrace")) {
      expected.put(call, "EPERM");
    }
    expected.put("clone3", "ENOSYS");
    expected.put("packet socket", "EPERM");
    expected.put("raw socket", "EPERM");
    expected.put("vsock socket", "EAFNOSUPPORT");
    return expected;
  }

  private static String bytes(dev.caisson.daemon.model.ByteSize size) {
    return Long.toString(size.bytes());
  }

  private static String twice(long value) {
    return value + " " + value;
  }
}
