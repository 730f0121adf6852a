package dev.caisson.daemon.policy;

import static dev.caisson.daemon.policy.PolicyKeys.*;

import dev.caisson.daemon.policy.PolicyKeys.NetworkRuleKeys;
import dev.caisson.daemon.settings.Setting;
import dev.caisson.daemon.settings.Settings;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The section network of one file, laid over that of the policy that it extends. */
final class NetworkSection {

  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

  private final PolicySections file;
  private final Settings settings;
  private final PackageIndex packages;
  private final List<NetworkRule> rules = new ArrayList<>();
  private PackageAccess access = new PackageAccess.Unused();

  NetworkSection(PolicySections file, PackageIndex packages) {
    this.file = file;
    this.settings = file.settings();
    this.packages = packages;
  }

  NetworkPolicy read(NetworkPolicy parent) {
    NetworkLimits limits = limits(parent.limits());
    if (!settings.has(ALLOWED_HOSTS)) {
      return new NetworkPolicy(parent.allow(), limits, parent.section(), parent.packages());
    }
    settings.takeSections(ALLOWED_HOSTS, NetworkRuleKeys.ALL).forEach(this::readRule);
    return new NetworkPolicy(rules, limits, file.ref(ALLOWED_HOSTS.key()), access);
  }

  private NetworkLimits limits(NetworkLimits parent) {
    return new NetworkLimits(
        settings.take(CONNECTIONS, parent.connections()),
        settings.take(CONNECTIONS_TOTAL, parent.connectionsInAll()),
        settings.take(NETWORK_BYTES, parent.bytes()),
        settings.take(RATE, parent.rate()),
        settings.take(IDLE_TIMEOUT, parent.idleTimeout()));
  }

  private void readRule(Settings.Entry<Settings> entry) {
    Settings keys = entry.value();
    int before = settings.problems().size();
    String host = keys.take(NetworkRuleKeys.HOST, "");
    Set<Integer> ports = values(keys, NetworkRuleKeys.PORTS);
    Set<NetworkProtocol> protocols =
        keys.has(NetworkRuleKeys.PROTOCOLS)
            ? values(keys, NetworkRuleKeys.PROTOCOLS)
            : Set.of(NetworkProtocol.TLS);
    Set<String> methods = values(keys, NetworkRuleKeys.METHODS);
    boolean http = protocols.contains(NetworkProtocol.HTTP);
    boolean placeholder = host.startsWith("${");
    if (!keys.has(NetworkRuleKeys.HOST)) {
      settings.refuseEntry(entry, file.tree(), "a rule names a host", "Add 'host: NAME'");
    } else if (placeholder) {
      refusePlaceholdersKeys(keys);
    } else {
      refuseEmpty(keys, NetworkRuleKeys.PORTS, ports);
      refuseEmpty(keys, NetworkRuleKeys.PROTOCOLS, protocols);
      refuseEmpty(keys, NetworkRuleKeys.METHODS, methods);
      if (protocols.contains(NetworkProtocol.TCP) && ports.isEmpty()) {
        settings.refuseEntry(
            entry, file.tree(), "tcp has no usual port", "Add 'ports: [5432]' or whichever it is");
      }
      if (!http && keys.has(NetworkRuleKeys.METHODS)) {
        keys.refuse(
            NetworkRuleKeys.METHODS,
            "methods can only be seen in plain http",
            "Add http to protocols, or remove the key");
      }
    }
    if (settings.problems().size() > before) {
      return;
    }
    if (placeholder) {
      addPackages(host, file.ref(entry));
      return;
    }
    rules.add(
        new NetworkRule(
            HostPattern.of(host).orElseThrow(),
            ports,
            protocols,
            http && methods.isEmpty() ? SAFE_METHODS : methods,
            file.ref(entry)));
  }

  private void addPackages(String placeholder, RuleRef rule) {
    boolean index = placeholder.equals(PackageIndex.INDEX);
    Optional<URI> address = index ? packages.index() : packages.files();
    if (address.isEmpty()) {
      // An index without a place for its files keeps them itself, so that rule is not missed.
      access = index ? new PackageAccess.Unconfigured(rule) : access;
      return;
    }
    NetworkProtocol protocol = PackageIndex.protocol(address.get());
    rules.add(
        new NetworkRule(
            new HostPattern.Exact(PackageIndex.host(address.get())),
            Set.of(PackageIndex.port(address.get())),
            Set.of(protocol),
            protocol == NetworkProtocol.HTTP ? SAFE_METHODS : Set.of(),
            rule));
    access = index ? new PackageAccess.Reachable(address.get()) : access;
  }

  private static void refusePlaceholdersKeys(Settings keys) {
    for (Setting<?> setting :
        List.of(NetworkRuleKeys.PORTS, NetworkRuleKeys.PROTOCOLS, NetworkRuleKeys.METHODS)) {
      if (keys.has(setting)) {
        keys.refuse(setting, "the configured address of the index says it", "Remove the key");
      }
    }
  }

  private static void refuseEmpty(Settings keys, Setting<?> setting, Set<?> values) {
    if (keys.has(setting) && values.isEmpty()) {
      keys.refuse(setting, "an empty list allows nothing", "Name one, or remove the key");
    }
  }

  private static <T> Set<T> values(Settings keys, Setting<T> setting) {
    Set<T> values = new HashSet<>();
    keys.takeEach(setting).forEach(entry -> values.add(entry.value()));
    return values;
  }
}
