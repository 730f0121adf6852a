package dev.caisson.daemon.config;

import static dev.caisson.daemon.config.ConfigKeys.flag;
import static dev.caisson.daemon.config.ConfigKeys.variable;

import dev.caisson.daemon.model.NearestName;
import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.daemon.pool.PoolConfig;
import dev.caisson.daemon.settings.Problem;
import dev.caisson.daemon.settings.Setting;
import dev.caisson.daemon.settings.Settings;
import dev.caisson.daemon.settings.YamlTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Reads the configuration: caisson.yaml, then CAISSON_… variables, then flags, each over the one
 * before. For one thread and one reading.
 */
public final class ConfigReader {

  private static final String CONFIG_VARIABLE = "CAISSON_CONFIG";
  private static final String CONFIG_FLAG = "--config";

  /** What this machine's pip uses, as the launcher found out; counts when nothing of ours says. */
  private static final String PIP_INDEX_VARIABLE = "CAISSON_PIP_INDEX";

  private static final String PIP_FILES_VARIABLE = "CAISSON_PIP_FILES";
  private static final String PIP_CERTIFICATES_VARIABLE = "CAISSON_PIP_CERT";

  /** What the launcher reads and passes on, and the file's own name. */
  private static final Set<String> OTHERS_VARIABLES =
      Set.of(
          CONFIG_VARIABLE,
          "CAISSON_STATE_DIR",
          "CAISSON_LOG_DIR",
          "CAISSON_IMAGE",
          "CAISSON_LAUNCHER",
          PIP_INDEX_VARIABLE,
          PIP_FILES_VARIABLE,
          PIP_CERTIFICATES_VARIABLE);

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Surroundings surroundings;
  private final Settings settings = new Settings(ConfigKeys.ALL);
  private boolean pipsIndex;
  private final Map<String, String> keyOfVariable = new LinkedHashMap<>();
  private final Map<String, String> keyOfFlag = new LinkedHashMap<>();

  private ConfigReader(Surroundings surroundings) {
    this.surroundings = surroundings;
    for (Setting<?> setting : ConfigKeys.ALL) {
      keyOfVariable.put(variable(setting.key()), setting.key());
      keyOfFlag.put(flag(setting.key()), setting.key());
    }
  }

  /**
   * The configuration in force; INVALID_CONFIGURATION with all problems otherwise.
   *
   * @param arguments flags, "--socket PATH" or "--socket=PATH"
   */
  public static DaemonConfig read(List<String> arguments, Surroundings surroundings) {
    return new ConfigReader(surroundings).read(arguments);
  }

  /** The flags, for people. */
  public static String usage() {
    StringBuilder text =
        new StringBuilder(
            """
            Usage: caisson daemon [--config FILE] [FLAG VALUE]...
            Serves until SIGTERM or SIGINT, then ends its runs and leaves nothing. Each flag is also a
            key of FILE (default: caisson.yaml in /etc/caisson, or in the XDG configuration folder)
            and a variable: --pool-max-live is pool.max_live and CAISSON_POOL_MAX_LIVE.

            """);
    for (Setting<?> setting : ConfigKeys.ALL) {
      text.append("  %-28s %s%n".formatted(flag(setting.key()), setting.allowed()));
    }
    return text.toString();
  }

  private DaemonConfig read(List<String> arguments) {
    Map<String, String> flags = flags(arguments);
    String named = flags.getOrDefault(CONFIG_FLAG, surroundings.variable(CONFIG_VARIABLE, ""));
    layFile(named);
    layEnvironment();
    flags.forEach((flag, value) -> {
      String key = keyOfFlag.get(flag);
      if (key != null) {
        settings.lay(key, value(key, value), flag);
      }
    });
    DaemonConfig config = config();
    settings.throwProblems("the configuration");
    return config;
  }

  private Map<String, String> flags(List<String> arguments) {
    Map<String, String> flags = new LinkedHashMap<>();
    List<String> known = new ArrayList<>(keyOfFlag.keySet());
    known.add(CONFIG_FLAG);
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.indexOf('=');
      String flag = equals < 0 ? argument : argument.substring(0, equals);
      if (!known.contains(flag)) {
        String hint = NearestName.hint(flag, known).strip();
        String remedy = hint.isEmpty() ? "Known: " + String.join(", ", known) : hint;
        settings.refuse(new Problem(flag, flag, "", "the flag is not known", remedy));
        // What follows an unknown flag is most likely its value.
        boolean valueFollows = equals < 0 && i + 1 < arguments.size();
        i += valueFollows && !arguments.get(i + 1).startsWith("--") ? 1 : 0;
      } else if (equals >= 0) {
        put(flags, flag, argument.substring(equals + 1));
      } else if (i + 1 < arguments.size()) {
        i++;
        put(flags, flag, arguments.get(i));
      } else {
        settings.refuse(
            new Problem(flag, flag, "", "the flag needs a value", "Write " + flag + " VALUE"));
      }
    }
    return flags;
  }

  private void put(Map<String, String> flags, String flag, String value) {
    if (flags.putIfAbsent(flag, value) != null) {
      settings.refuse(
          new Problem(flag, flag, "", "the flag is given twice", "Keep one of the two"));
    }
  }

  private void layFile(String named) {
    Path file =
        named.isEmpty()
            ? surroundings.defaultFile()
            : surroundings.workingFolder().resolve(named).normalize();
    try {
      if (Files.size(file) > YamlTree.LONGEST) {
        refuseFile(file, "a configuration has at most 1 MiB");
        return;
      }
      settings.lay(YamlTree.read(file.toString(), Files.readString(file, StandardCharsets.UTF_8)));
    } catch (NoSuchFileException e) {
      if (!named.isEmpty()) {
        refuseFile(file, "there is no such file");
      }
    } catch (IOException e) {
      refuseFile(file, "cannot be read: " + e);
    }
  }

  private void refuseFile(Path file, String what) {
    settings.refuse(
        new Problem(file.toString(), "", "", what, "Name a readable file with --config"));
  }

  /**
   * Variables that we do not know may be meant for another part of Caisson; those that look like
   * one of ours are a slip of the pen.
   */
  private void layEnvironment() {
    for (Map.Entry<String, String> entry : new TreeMap<>(surroundings.environment()).entrySet()) {
      String name = entry.getKey();
      String key = keyOfVariable.get(name);
      if (key != null) {
        if (!entry.getValue().isEmpty()) {
          settings.lay(key, value(key, entry.getValue()), "$" + name);
        }
      } else if (name.startsWith("CAISSON_") && !OTHERS_VARIABLES.contains(name)) {
        refuseNearVariable(name);
      }
    }
  }

  private void refuseNearVariable(String name) {
    String own = name.substring("CAISSON_".length());
    List<String> known =
        keyOfVariable.keySet().stream().map(v -> v.substring("CAISSON_".length())).toList();
    Optional<String> near = NearestName.of(own, known);
    boolean ours = Stream.of("POOL_", "ENGINE_", "PACKAGES_", "NETWORK_").anyMatch(own::startsWith);
    if (near.isPresent() || ours) {
      settings.refuse(
          new Problem(
              "$" + name,
              name,
              "",
              "the variable is not known",
              near.map(n -> "Did you mean 'CAISSON_" + n + "'?").orElse("Remove it")));
    }
  }

  /** A text from the environment or a flag, as the file would have it. */
  private JsonNode value(String key, String text) {
    if (ConfigKeys.PATHS.contains(key)) {
      try {
        return JSON.stringNode(surroundings.workingFolder().resolve(text).toString());
      } catch (InvalidPathException e) {
        return JSON.stringNode(text);
      }
    }
    if (ConfigKeys.LISTS.contains(key)) {
      ArrayNode list = JSON.arrayNode();
      Stream.of(text.split(",")).map(String::strip).forEach(entry -> list.add(entry));
      return list;
    }
    return text.matches("-?\\d{1,18}")
        ? JSON.numberNode(Long.parseLong(text))
        : JSON.stringNode(text);
  }

  private DaemonConfig config() {
    DaemonConfig defaults = DaemonConfig.defaults(surroundings);
    return new DaemonConfig(
        places(defaults.places()),
        engine(),
        pool(defaults.pool()),
        packages(),
        network(),
        settings.take(ConfigKeys.SESSIONS_PER_TENANT, defaults.sessionsPerTenant()),
        settings.take(ConfigKeys.REHEARSAL_RUNS, defaults.rehearsalRuns()),
        settings.take(ConfigKeys.DRAIN_TIMEOUT, defaults.drainTimeout()),
        settings.take(ConfigKeys.LOG_LEVEL, defaults.logLevel()));
  }

  private PlacesConfig places(PlacesConfig defaults) {
    Path run = settings.take(ConfigKeys.RUN_DIR, defaults.runFolder());
    return new PlacesConfig(
        settings.take(ConfigKeys.SOCKET, run.resolve(PlacesConfig.SOCKET)),
        run,
        settings.take(optional(ConfigKeys.POLICIES), Optional.empty()));
  }

  /** Whom pip trusts counts together with its index, and for that alone. */
  private NetworkConfig network() {
    String certificates = surroundings.variable(PIP_CERTIFICATES_VARIABLE, "");
    if (!certificates.isEmpty() && pipsIndex && !settings.has(ConfigKeys.CA_FILE)) {
      settings.lay(
          ConfigKeys.CA_FILE.key(), JSON.stringNode(certificates), "$" + PIP_CERTIFICATES_VARIABLE);
    }
    return new NetworkConfig(
        settings.take(optional(ConfigKeys.CA_FILE), Optional.empty()),
        settings.takeEach(ConfigKeys.PRIVATE_ADDRESSES).stream()
            .map(Settings.Entry::value)
            .toList());
  }

  private static <T> Setting<Optional<T>> optional(Setting<T> setting) {
    return new Setting<>(
        setting.key(),
        setting.allowed(),
        setting.example(),
        node -> Optional.of(setting.reader().apply(node)));
  }

  /** The index and its files are one thing: pip's files do not belong to an index of ours. */
  private PackageIndex packages() {
    String index = surroundings.variable(PIP_INDEX_VARIABLE, "");
    String files = surroundings.variable(PIP_FILES_VARIABLE, "");
    if (!index.isEmpty() && !settings.has(ConfigKeys.PACKAGES_INDEX)) {
      pipsIndex = true;
      settings.lay(
          ConfigKeys.PACKAGES_INDEX.key(), JSON.stringNode(index), "$" + PIP_INDEX_VARIABLE);
      if (!files.isEmpty() && !settings.has(ConfigKeys.PACKAGES_FILES)) {
        settings.lay(
            ConfigKeys.PACKAGES_FILES.key(), JSON.stringNode(files), "$" + PIP_FILES_VARIABLE);
      }
    }
    return new PackageIndex(
        settings.take(optional(ConfigKeys.PACKAGES_INDEX), Optional.empty()),
        settings.take(optional(ConfigKeys.PACKAGES_FILES), Optional.empty()));
  }

  /** DOCKER_HOST counts when nothing of ours names the engine, as for every client of it. */
  private EngineConfig engine() {
    EngineConfig defaults = EngineConfig.DEFAULT;
    String dockerHost = surroundings.variable("DOCKER_HOST", "");
    if (!dockerHost.isEmpty() && !settings.has(ConfigKeys.ENGINE_HOST)) {
      settings.lay(ConfigKeys.ENGINE_HOST.key(), JSON.stringNode(dockerHost), "$DOCKER_HOST");
    }
    return new EngineConfig(
        settings.take(ConfigKeys.ENGINE_HOST, defaults.socket()),
        settings.take(ConfigKeys.ENGINE_RUNTIME, defaults.runtime()),
        settings.take(ConfigKeys.ENGINE_BASE_IMAGE, defaults.baseImage()),
        settings.take(ConfigKeys.ENGINE_DATA_IMAGE, defaults.dataImage()),
        settings.take(ConfigKeys.UNSAFE_VERSIONS, defaults.unsafeVersions()));
  }

  private PoolConfig pool(PoolConfig defaults) {
    return new PoolConfig(
        settings.take(ConfigKeys.MAX_LIVE, defaults.maximumLive()),
        settings.take(ConfigKeys.CREATING, defaults.creationsAtOnce()),
        settings.take(ConfigKeys.CREATION_TIMEOUT, defaults.creationTimeout()),
        settings.take(ConfigKeys.DESTRUCTION_TIMEOUT, defaults.destructionTimeout()),
        settings.take(ConfigKeys.HEALTH_INTERVAL, defaults.pingInterval()),
        settings.take(ConfigKeys.HEALTH_TIMEOUT, defaults.pingTimeout()),
        settings.take(ConfigKeys.SHORTEST_BACKOFF, defaults.shortestBackoff()),
        settings.take(ConfigKeys.LONGEST_BACKOFF, defaults.longestBackoff()),
        settings.take(ConfigKeys.REFILL_PAUSE, defaults.refillPause()));
  }
}
