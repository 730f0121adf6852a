package dev.caisson.daemon.config;

import dev.caisson.daemon.egress.AddressBlock;
import dev.caisson.daemon.egress.AddressRules;
import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.daemon.settings.Setting;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Every key of the configuration. In the environment "pool.max_live" is CAISSON_POOL_MAX_LIVE, as a
 * flag it is --pool-max-live.
 */
final class ConfigKeys {

  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);

  /** The kernel's limit for the address of a Unix socket, less its last byte. */
  private static final int LONGEST_SOCKET_PATH = 107;

  static final Setting<Path> SOCKET =
      new Setting<>(
          "socket",
          "an absolute path of at most " + LONGEST_SOCKET_PATH + " bytes",
          "/run/caisson/caisson.sock",
          node -> {
            Path path = path(node);
            if (path.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
              throw new IllegalArgumentException("too long");
            }
            return path;
          });
  static final Setting<Path> RUN_DIR = path("run_dir", "/run/caisson");
  static final Setting<Path> POLICIES = path("policies", "/etc/caisson/policies");
  static final Setting<Path> ENGINE_HOST =
      new Setting<>(
          "engine.host",
          "unix:// and an absolute path, since the engine has to be on this machine",
          "unix:///var/run/docker.sock",
          node -> {
            String text = node.isString() ? node.asString() : "";
            if (!text.startsWith("unix:///")) {
              throw new IllegalArgumentException("not a Unix socket");
            }
            return Path.of(text.substring("unix://".length())).normalize();
          });
  static final Setting<String> ENGINE_RUNTIME =
      Setting.text(
          "engine.runtime",
          "the name under which gVisor is registered on the engine, never runc",
          "caisson-runsc",
          Pattern.compile("(?!.*runc)[A-Za-z0-9][A-Za-z0-9._-]{0,63}"));
  static final Setting<String> ENGINE_BASE_IMAGE =
      Setting.text(
          "engine.base_image",
          "the name of an image on the engine, with its tag",
          "caisson/base:latest",
          Pattern.compile("[a-z0-9][A-Za-z0-9._/:@-]{0,254}"));
  static final Setting<String> ENGINE_DATA_IMAGE =
      Setting.text(
          "engine.data_image",
          "the name of an image on the engine, with its tag",
          "caisson/data:latest",
          Pattern.compile("[a-z0-9][A-Za-z0-9._/:@-]{0,254}"));
  static final Setting<UnsafeVersions> UNSAFE_VERSIONS =
      new Setting<>(
          "engine.unsafe_versions",
          "one of [refuse, accept]",
          "refuse",
          node -> UnsafeVersions.valueOf(node.asString("").toUpperCase(Locale.ROOT)));
  static final Setting<Integer> MAX_LIVE = Setting.count("pool.max_live", 1, 4096);
  static final Setting<Integer> CREATING = Setting.count("pool.creating", 1, 64);
  static final Setting<Duration> CREATION_TIMEOUT =
      Setting.duration("pool.creation_timeout", MILLISECOND, HOUR);
  static final Setting<Duration> DESTRUCTION_TIMEOUT =
      Setting.duration("pool.destruction_timeout", MILLISECOND, HOUR);
  static final Setting<Duration> HEALTH_INTERVAL =
      Setting.duration("pool.health_interval", MILLISECOND, HOUR);
  static final Setting<Duration> HEALTH_TIMEOUT =
      Setting.duration("pool.health_timeout", MILLISECOND, HOUR);
  static final Setting<Duration> SHORTEST_BACKOFF =
      Setting.duration("pool.shortest_backoff", MILLISECOND, HOUR);
  static final Setting<Duration> LONGEST_BACKOFF =
      Setting.duration("pool.longest_backoff", MILLISECOND, HOUR);
  static final Setting<Duration> REFILL_PAUSE =
      Setting.duration("pool.refill_pause", Duration.ZERO, HOUR);
  static final Setting<Integer> SESSIONS_PER_TENANT =
      Setting.count("sessions.per_tenant", 0, 1_000);
  static final Setting<URI> PACKAGES_INDEX = index("packages.index", "/simple");
  static final Setting<URI> PACKAGES_FILES = index("packages.files", "");
  static final Setting<Path> CA_FILE = path("network.ca_file", "/etc/caisson/ca.pem");
  static final Setting<AddressBlock> PRIVATE_ADDRESSES =
      new Setting<>(
          "network.private_addresses",
          "an address, or a block of at most 256, of a private network (10/8, 172.16/12, 192.168/16,"
              + " 100.64/10, fc00::/7), never one where a cloud serves its metadata",
          "10.1.2.3/32",
          node -> AddressRules.permissible(AddressBlock.of(node.asString(""))));
  static final Setting<Integer> REHEARSAL_RUNS = Setting.count("rehearsal_runs", 0, 10_000);
  static final Setting<Duration> DRAIN_TIMEOUT =
      Setting.duration("drain_timeout", Duration.ZERO, HOUR);
  static final Setting<LogLevel> LOG_LEVEL =
      new Setting<>(
          "log.level",
          "one of " + Arrays.toString(LogLevel.values()).toLowerCase(Locale.ROOT),
          "info",
          node -> LogLevel.valueOf(node.asString("").toUpperCase(Locale.ROOT)));

  static final List<Setting<?>> ALL =
      List.of(
          SOCKET,
          RUN_DIR,
          POLICIES,
          ENGINE_HOST,
          ENGINE_RUNTIME,
          ENGINE_BASE_IMAGE,
          ENGINE_DATA_IMAGE,
          UNSAFE_VERSIONS,
          MAX_LIVE,
          CREATING,
          CREATION_TIMEOUT,
          DESTRUCTION_TIMEOUT,
          HEALTH_INTERVAL,
          HEALTH_TIMEOUT,
          SHORTEST_BACKOFF,
          LONGEST_BACKOFF,
          REFILL_PAUSE,
          SESSIONS_PER_TENANT,
          PACKAGES_INDEX,
          PACKAGES_FILES,
          CA_FILE,
          PRIVATE_ADDRESSES,
          REHEARSAL_RUNS,
          DRAIN_TIMEOUT,
          LOG_LEVEL);

  /** Keys whose values may be relative where there is a folder to start from. */
  static final Set<String> PATHS =
      Set.of(SOCKET.key(), RUN_DIR.key(), POLICIES.key(), CA_FILE.key());

  /** Keys with a list in the file; in variables and flags commas part its entries. */
  static final Set<String> LISTS = Set.of(PRIVATE_ADDRESSES.key());

  private ConfigKeys() {}

  static String variable(String key) {
    return "CAISSON_" + key.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  static String flag(String key) {
    return "--" + key.replace('.', '-').replace('_', '-');
  }

  private static Setting<URI> index(String key, String path) {
    return new Setting<>(
        key,
        "https:// or http:// and the name of a host, without credentials",
        "https://packages.example.test" + path,
        node -> PackageIndex.parse(node.asString("")));
  }

  private static Setting<Path> path(String key, String example) {
    return new Setting<>(key, "an absolute path", example, ConfigKeys::path);
  }

  private static Path path(JsonNode node) {
    String text = node.isString() ? node.asString() : "";
    if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not an absolute path");
    }
    return Path.of(text).normalize();
  }
}
