package dev.caisson.daemon.guards;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.policy.SchemaKeys;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a policy can forbid or limit is held to by lines whose absence a test notices. */
final class GuardedKeysTest {

  /** Keys that choose and forbid nothing: which file, which image, how many sandboxes wait. */
  private static final Set<String> CHOICES = Set.of("extends", "sandbox.image", "pool.warm");

  private static final Map<String, List<String>> GUARDS =
      Map.ofEntries(
          entry("sandbox.memory", List.of("host.memory", "agent.memory")),
          entry("sandbox.cpus", List.of("host.cpus")),
          entry("sandbox.processes", List.of("host.processes", "host.tasks")),
          entry("sandbox.open_files", List.of("host.open_files")),
          entry("sandbox.file_size", List.of("host.file_size")),
          entry("sandbox.workspace", List.of("host.workspace")),
          entry("sandbox.tmp", List.of("host.tmp")),
          entry("sandbox.shm", List.of("host.shm")),
          entry("time.wall", List.of("time.wall")),
          entry("time.cpu", List.of("time.cpu")),
          entry("output.bytes", List.of("output.bytes", "output.patience")),
          entry("output.displays", List.of("output.displays", "output.displays_patience")),
          entry(
              "output.display_bytes",
              List.of("output.display_bytes", "output.display_bytes_patience")),
          entry("tools.calls", List.of("tools.calls")),
          entry("tools.in_flight", List.of("tools.in_flight")),
          entry("tools.argument_bytes", List.of("tools.argument_bytes", "agent.argument_bytes")),
          entry("tools.result_bytes", List.of("tools.result_bytes")),
          entry("tools.call_timeout", List.of("tools.call_timeout")),
          entry("tools.allow", List.of("tools.grants", "policy.tools_default_deny")),
          entry("tools.ask", List.of("tools.approval")),
          entry("tools.deny", List.of("tools.grants", "policy.tools_deny_first")),
          entry("tools.ask_timeout", List.of("tools.ask_timeout")),
          entry("tools.limits", List.of("tools.limits.calls")),
          entry("tools.limits[].tools", List.of("policy.tools_server_apart")),
          entry("tools.limits[].calls", List.of("tools.limits.calls")),
          entry("tools.limits[].in_flight", List.of("tools.limits.in_flight")),
          entry("tools.limits[].timeout", List.of("tools.limits.timeout")),
          entry("network.allow", List.of("gate.policy", "gate.none")),
          entry("network.allow[].host", List.of("policy.suffix_begins_at_a_dot")),
          entry("network.allow[].ports", List.of("policy.network_ports")),
          entry("network.allow[].protocols", List.of("policy.network_protocols")),
          entry("network.allow[].methods", List.of("policy.network_methods")),
          entry("network.connections", List.of("gate.connections")),
          entry("network.connections_total", List.of("gate.connections_total")),
          entry("network.bytes", List.of("gate.bytes")),
          entry("network.rate", List.of("gate.rate")),
          entry("network.idle_timeout", List.of("gate.idle")),
          entry("code.refuse_imports", List.of("code.agent")),
          entry("code.refuse_builtins", List.of("code.agent")),
          entry("code.refuse_attributes", List.of("code.agent")));

  private final GuardList list = GuardList.read();

  @Test
  void everyKeyOfAPolicyThatForbidsOrLimitsHasAGuard() throws IOException {
    Set<String> keys = new TreeSet<>(SchemaKeys.of(schema()).keySet());
    keys.removeAll(CHOICES);

    assertThat(GUARDS.keySet()).containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  void eachOfThoseGuardsHasTestsThatFailWithoutIt() {
    assertThat(GUARDS.values().stream().flatMap(List::stream).distinct())
        .allSatisfy(guard -> assertThat(list.find(guard).tests()).as(guard).isNotEmpty());
  }

  private static JsonNode schema() throws IOException {
    try (InputStream in =
        GuardedKeysTest.class.getResourceAsStream("/caisson/policies/policy.schema.json")) {
      return JsonMapper.shared().readTree(Objects.requireNonNull(in, "the schema"));
    }
  }
}
