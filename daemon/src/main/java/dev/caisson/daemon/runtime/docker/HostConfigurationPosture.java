package dev.caisson.daemon.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.runtime.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares the host configuration that a container has with the one that was asked for, whole: a
 * setting that an engine adds and that nobody here knows is a difference like a missing one.
 */
final class HostConfigurationPosture {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The engine's own, and harmless whatever they are: the first is about the control groups that
   * the sandbox would see if it saw any, the second about terminals.
   */
  private static final Set<String> OF_ENGINE = Set.of("CgroupnsMode", "ConsoleSize");

  /**
   * Lists by which the engine hides parts of /proc and /sys: they must not be shorter than this.
   */
  private static final Map<String, List<String>> HIDDEN =
      Map.of(
          "MaskedPaths", List.of("/proc/kcore", "/sys/firmware"),
          "ReadonlyPaths", List.of("/proc/sys", "/proc/bus"));

  private HostConfigurationPosture() {}

  static List<Fact> of(SandboxLimits limits, String runtime, Object seen) {
    Map<String, String> asked = settings(HostConfiguration.of(limits, runtime));
    asked.putAll(settings(wall(runtime)));
    Map<String, String> there = settings(seen);
    List<Fact> facts = new ArrayList<>();
    HIDDEN.forEach((name, paths) -> {
      String all = there.remove(name);
      String missing =
          String.join(
              ", ",
              paths.stream().filter(p -> all == null || !all.contains('"' + p + '"')).toList());
      facts.add(fact(name + " without", Fact.NOTHING, missing.isEmpty() ? Fact.NOTHING : missing));
    });
    Set<String> names = new TreeSet<>(asked.keySet());
    names.addAll(there.keySet());
    names.removeAll(OF_ENGINE);
    for (String name : names) {
      facts.add(
          fact(
              name,
              asked.getOrDefault(name, Fact.NOTHING),
              there.getOrDefault(name, Fact.NOTHING)));
    }
    return facts;
  }

  /**
   * What the isolation stands on, written down a second time: a fault in {@link HostConfiguration}
   * would otherwise be both asked for and found.
   */
  private static Map<String, Object> wall(String runtime) {
    return Map.of(
        "Runtime",
        runtime,
        "NetworkMode",
        "none",
        "ReadonlyRootfs",
        true,
        "CapDrop",
        List.of("ALL"),
        "SecurityOpt",
        List.of("no-new-privileges", "seccomp=" + SeccompProfile.json()),
        "IpcMode",
        "private");
  }

  private static Fact fact(String name, String expected, String seen) {
    return new Fact("host", "engine: " + name, shortened(expected), shortened(seen));
  }

  /** The profile has thousands of characters and nobody reads them in a report. */
  private static String shortened(String text) {
    return text.length() <= 200
        ? text
        : text.substring(0, 60)
            + "... (%d characters, hash %08x)".formatted(text.length(), text.hashCode());
  }

  /** What is set, by name; what is null, false, zero or empty is not. */
  private static Map<String, String> settings(Object configuration) {
    Map<String, String> settings = new TreeMap<>();
    JsonNode tree = JSON.valueToTree(configuration);
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      if (isSet(entry.getValue())) {
        settings.put(entry.getKey(), text(entry.getValue()));
      }
    }
    return settings;
  }

  /** The same text for the same settings, in whichever order and with whichever gaps. */
  private static String text(JsonNode value) {
    if (value.isArray()) {
      return value.valueStream().map(HostConfigurationPosture::text).toList().toString();
    }
    return value.isObject() ? settings(value).toString() : value.toString();
  }

  private static boolean isSet(JsonNode value) {
    if (value.isObject()) {
      return value.valueStream().anyMatch(HostConfigurationPosture::isSet);
    }
    if (value.isArray()) {
      return !value.isEmpty();
    }
    return !value.isNull() && !value.asText().isEmpty() && !value.asText().matches("0|false");
  }
}
