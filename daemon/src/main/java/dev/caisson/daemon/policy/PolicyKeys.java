package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.settings.Setting;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Every key that a policy file may hold, with its range. The schema beside the files says the same
 * for editors and people; a test keeps the two equal.
 */
final class PolicyKeys {

  private static final ByteSize KIB = ByteSize.ofKibibytes(1);
  private static final ByteSize MIB = ByteSize.ofMebibytes(1);
  private static final ByteSize GIB_64 = ByteSize.ofMebibytes(64 * 1024);
  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final Duration DAY = Duration.ofHours(24);

  static final Setting<String> EXTENDS =
      Setting.text(
          "extends",
          "the name of another policy",
          "default",
          Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}"));
  static final Setting<String> IMAGE =
      Setting.text(
          "sandbox.image",
          "an image reference in small letters, at most 255 characters",
          "caisson/base:latest",
          Pattern.compile("[a-z0-9][a-z0-9._/:@-]{0,254}"));
  static final Setting<ByteSize> MEMORY =
      Setting.size("sandbox.memory", ByteSize.ofMebibytes(32), GIB_64);
  static final Setting<CpuMillis> CPUS = Setting.cores("sandbox.cpus");
  static final Setting<Integer> PROCESSES = Setting.count("sandbox.processes", 8, 4096);
  static final Setting<Integer> OPEN_FILES = Setting.count("sandbox.open_files", 32, 65_536);
  static final Setting<ByteSize> FILE_SIZE = Setting.size("sandbox.file_size", KIB, GIB_64);
  static final Setting<ByteSize> WORKSPACE = Setting.size("sandbox.workspace", MIB, GIB_64);
  static final Setting<ByteSize> TMP = Setting.size("sandbox.tmp", MIB, GIB_64);
  static final Setting<ByteSize> SHM = Setting.size("sandbox.shm", MIB, GIB_64);
  static final Setting<Duration> WALL = Setting.duration("time.wall", MILLISECOND, DAY);
  static final Setting<Duration> CPU_TIME = Setting.duration("time.cpu", MILLISECOND, DAY);
  static final Setting<ByteSize> OUTPUT_BYTES =
      Setting.size("output.bytes", new ByteSize(0), ByteSize.ofMebibytes(4096));
  static final Setting<Integer> DISPLAYS = Setting.count("output.displays", 0, 10_000);
  static final Setting<ByteSize> DISPLAY_BYTES =
      Setting.size("output.display_bytes", new ByteSize(0), ByteSize.ofMebibytes(1024));
  static final Setting<Integer> CALLS = Setting.count("tools.calls", 0, 10_000_000);
  static final Setting<Integer> IN_FLIGHT = Setting.count("tools.in_flight", 1, 1024);

  /** The channel carries at most 16 MiB in a call and 64 MiB in a result, header included. */
  static final Setting<ByteSize> ARGUMENT_BYTES =
      Setting.size("tools.argument_bytes", new ByteSize(2), ByteSize.ofMebibytes(15));

  static final Setting<ByteSize> RESULT_BYTES =
      Setting.size("tools.result_bytes", new ByteSize(2), ByteSize.ofMebibytes(63));
  static final Setting<Duration> CALL_TIMEOUT =
      Setting.duration("tools.call_timeout", MILLISECOND, DAY);
  static final Setting<ToolPattern> ALLOWED_TOOLS = toolPattern("tools.allow");
  static final Setting<ToolPattern> ASKED_TOOLS = toolPattern("tools.ask");
  static final Setting<ToolPattern> DENIED_TOOLS = toolPattern("tools.deny");
  static final Setting<Duration> ASK_TIMEOUT =
      Setting.duration("tools.ask_timeout", MILLISECOND, DAY);
  static final Setting<ToolPattern> TOOL_LIMITS = toolPattern("tools.limits");

  /** Keys of an entry of tools.limits. */
  static final class ToolLimitKeys {
    static final Setting<ToolPattern> TOOLS = toolPattern("tools");
    static final Setting<Integer> CALLS = Setting.count("calls", 0, 10_000_000);
    static final Setting<Integer> IN_FLIGHT = Setting.count("in_flight", 1, 1024);
    static final Setting<Duration> TIMEOUT = Setting.duration("timeout", MILLISECOND, DAY);
    static final List<Setting<?>> ALL = List.of(TOOLS, CALLS, IN_FLIGHT, TIMEOUT);

    private ToolLimitKeys() {}
  }

  static final Setting<String> ALLOWED_HOSTS = host("network.allow");

  /** Keys of an entry of network.allow. */
  static final class NetworkRuleKeys {
    static final Setting<String> HOST = host("host");
    static final Setting<Integer> PORTS = Setting.count("ports", 1, 65_535);
    static final Setting<NetworkProtocol> PROTOCOLS =
        new Setting<>(
            "protocols",
            "tls, http or tcp",
            "tls",
            node ->
                Arrays.stream(NetworkProtocol.values())
                    .filter(protocol -> protocol.key().equals(node.asString("")))
                    .findFirst()
                    .orElseThrow(IllegalArgumentException::new));
    static final Setting<String> METHODS =
        new Setting<>(
            "methods",
            "one of " + String.join(", ", new TreeSet<>(NetworkRule.METHODS)),
            "GET",
            node ->
                Optional.of(node.asString(""))
                    .filter(NetworkRule.METHODS::contains)
                    .orElseThrow(IllegalArgumentException::new));
    static final List<Setting<?>> ALL = List.of(HOST, PORTS, PROTOCOLS, METHODS);

    private NetworkRuleKeys() {}
  }

  static final Setting<Integer> CONNECTIONS = Setting.count("network.connections", 1, 256);
  static final Setting<Integer> CONNECTIONS_TOTAL =
      Setting.count("network.connections_total", 0, 1_000_000);
  static final Setting<ByteSize> NETWORK_BYTES =
      Setting.size("network.bytes", new ByteSize(0), ByteSize.ofMebibytes(1024 * 1024));
  static final Setting<ByteSize> RATE =
      Setting.size("network.rate", KIB, ByteSize.ofMebibytes(10 * 1024));
  static final Setting<Duration> IDLE_TIMEOUT =
      Setting.duration("network.idle_timeout", MILLISECOND, DAY);

  static final Setting<String> REFUSED_IMPORTS = pythonName("code.refuse_imports", "ctypes");
  static final Setting<String> REFUSED_BUILTINS = pythonName("code.refuse_builtins", "eval");
  static final Setting<String> REFUSED_ATTRIBUTES =
      pythonName("code.refuse_attributes", "os.system");

  static final Setting<Integer> WARM = Setting.count("pool.warm", 0, 256);

  static final List<Setting<?>> ALL =
      List.of(
          EXTENDS,
          IMAGE,
          MEMORY,
          CPUS,
          PROCESSES,
          OPEN_FILES,
          FILE_SIZE,
          WORKSPACE,
          TMP,
          SHM,
          WALL,
          CPU_TIME,
          OUTPUT_BYTES,
          DISPLAYS,
          DISPLAY_BYTES,
          CALLS,
          IN_FLIGHT,
          ARGUMENT_BYTES,
          RESULT_BYTES,
          CALL_TIMEOUT,
          ALLOWED_TOOLS,
          ASKED_TOOLS,
          DENIED_TOOLS,
          ASK_TIMEOUT,
          TOOL_LIMITS,
          ALLOWED_HOSTS,
          CONNECTIONS,
          CONNECTIONS_TOTAL,
          NETWORK_BYTES,
          RATE,
          IDLE_TIMEOUT,
          REFUSED_IMPORTS,
          REFUSED_BUILTINS,
          REFUSED_ATTRIBUTES,
          WARM);

  private PolicyKeys() {}

  private static Setting<ToolPattern> toolPattern(String key) {
    return new Setting<>(
        key,
        "SERVER.TOOL, in which * stands for any characters and ? for one, or * for all tools",
        "weather.get_*",
        node -> ToolPattern.of(node.asString("")).orElseThrow(IllegalArgumentException::new));
  }

  private static Setting<String> host(String key) {
    return new Setting<>(
        key,
        "a host's name (not an address), *. before at least two parts of one, or "
            + PackageIndex.INDEX
            + " or "
            + PackageIndex.FILES,
        "api.example.test",
        node -> {
          String text = node.asString("");
          boolean placeholder = text.equals(PackageIndex.INDEX) || text.equals(PackageIndex.FILES);
          if (!placeholder && HostPattern.of(text).isEmpty()) {
            throw new IllegalArgumentException("not a host");
          }
          return text;
        });
  }

  private static Setting<String> pythonName(String key, String example) {
    String part = "[\\p{L}_*?][\\p{L}\\p{N}_*?]*";
    return Setting.text(
        key,
        "a Python name, with dots or without, in which * stands for any characters and ? for one",
        example,
        Pattern.compile("(?=.{1,256}$)" + part + "(\\." + part + ")*"));
  }
}
