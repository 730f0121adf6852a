package dev.caisson.daemon.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.CpuMillis;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.settings.YamlTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PolicyStoreTest {

  @TempDir Path folder;

  @Test
  void theDefaultPolicySaysWhatItsFileSays() {
    Policy policy = PolicyStore.shipped().find("");

    assertThat(policy.name()).isEqualTo("default");
    assertThat(policy.shape())
        .isEqualTo(
            new SandboxShape(
                "caisson/base:latest",
                new SandboxLimits(
                    ByteSize.ofMebibytes(256),
                    new CpuMillis(1000),
                    64,
                    256,
                    ByteSize.ofMebibytes(64),
                    ByteSize.ofMebibytes(64),
                    ByteSize.ofMebibytes(64),
                    ByteSize.ofMebibytes(16))));
    assertThat(policy.wallTime()).isEqualTo(Duration.ofSeconds(30));
    assertThat(policy.cpuTime()).isEqualTo(Duration.ofSeconds(30));
    assertThat(policy.outputBytes()).isEqualTo(ByteSize.ofMebibytes(1));
    assertThat(policy.tools())
        .isEqualTo(
            new Policy.ToolLimits(
                10_000,
                64,
                ByteSize.ofMebibytes(1),
                ByteSize.ofMebibytes(8),
                Duration.ofSeconds(60)));
    assertThat(policy.grants().allow())
        .extracting(rule -> rule.pattern().toString())
        .containsExactly("*.*");
    assertThat(policy.network().offline()).isTrue();
    assertThat(policy.network().limits())
        .isEqualTo(
            new NetworkLimits(
                16,
                1000,
                ByteSize.ofMebibytes(256),
                ByteSize.ofMebibytes(32),
                Duration.ofSeconds(60)));
    assertThat(policy.code().allowsEverything()).isTrue();
    assertThat(policy.warm()).isEqualTo(4);
  }

  @Test
  void offlineAllowsNoToolsAndSharesThePoolOfDefault() {
    PolicyStore store = PolicyStore.shipped();
    Policy offline = store.find("offline");

    assertThat(offline.tools().calls()).isZero();
    assertThat(offline.shape()).isEqualTo(store.find("default").shape());
    assertThat(store.find("web").shape()).isEqualTo(offline.shape());
    assertThat(store.find("trusted-tools").shape()).isEqualTo(offline.shape());
    assertThat(store.warmByShape())
        .containsOnly(
            java.util.Map.entry(offline.shape(), 4),
            java.util.Map.entry(store.find("packages").shape(), 0),
            java.util.Map.entry(store.find("data").shape(), 0));
  }

  @Test
  void dataStartsFromItsImageAndKeepsNoneWarm() {
    Policy data = PolicyStore.shipped().find("data");

    assertThat(data.shape().image()).isEqualTo("caisson/data:latest");
    assertThat(data.warm()).isZero();
    assertThat(data.network().offline()).isTrue();
  }

  @Test
  void theDefaultPolicyGivesEveryKeyItself() {
    YamlTree tree = YamlTree.read("default.yaml", resource("default.yaml"));
    assertThat(PolicyKeys.ALL)
        .filteredOn(key -> key != PolicyKeys.EXTENDS)
        .allSatisfy(key -> assertThat(tree.lines()).containsKey(key.key()));
  }

  @Test
  void theSchemaDescribesEveryKeyAndNoOther() {
    JsonNode schema = JsonMapper.shared().readTree(resource("policy.schema.json"));
    SortedMap<String, JsonNode> keys = SchemaKeys.of(schema);

    TreeSet<String> known = new TreeSet<>();
    PolicyKeys.ALL.forEach(key -> known.add(key.key()));
    PolicyKeys.NetworkRuleKeys.ALL.forEach(key -> known.add("network.allow[]." + key.key()));
    PolicyKeys.ToolLimitKeys.ALL.forEach(key -> known.add("tools.limits[]." + key.key()));
    assertThat(keys.keySet()).containsExactlyElementsOf(known);
    // Each says where it is enforced.
    keys.forEach((key, described) ->
        assertThat(described.get("description").asString()).as(key).contains("nforced by"));
  }

  @Test
  void thePageAboutPoliciesSaysOfEveryKeyWhatTheSchemaSays() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "policies.md"));
    JsonNode schema = JsonMapper.shared().readTree(resource("policy.schema.json"));

    assertThat(schema.findValues("description"))
        .hasSizeGreaterThan(PolicyKeys.ALL.size())
        .filteredOn(description -> !description.equals(schema.get("description")))
        .allSatisfy(description -> assertThat(page).contains(description.asString()));
  }

  @Test
  void anUnknownPolicyListsTheKnownOnesAndTheNearest() {
    assertThatThrownBy(() -> PolicyStore.shipped().find("ofline"))
        .isInstanceOfSatisfying(
            SandboxException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
        .hasMessage(
            "there is no policy 'ofline'; known are data, default, offline, packages, trusted-tools, web."
                + " Did you mean 'offline'?");
  }

  @Test
  void aFileOfTheFolderTakesWhatItLeavesOutFromDefault() throws IOException {
    write("big.yaml", "sandbox:\n  memory: 2 GiB\ntime:\n  wall: 5m\n");

    PolicyStore store = PolicyStore.withFolder(folder);
    Policy big = store.find("big");

    assertThat(store.names()).contains("big", "default", "offline").hasSize(7);
    assertThat(big.shape().limits().memory()).isEqualTo(ByteSize.ofMebibytes(2048));
    assertThat(big.wallTime()).isEqualTo(Duration.ofMinutes(5));
    assertThat(big.tools()).isEqualTo(store.find("default").tools());
  }

  @Test
  void aFileReplacesTheShippedPolicyOfItsName() throws IOException {
    write("default.yaml", "time:\n  wall: 7s\n");

    assertThat(PolicyStore.withFolder(folder).find("").wallTime()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void everyKeyOfAFileReachesItsField() throws IOException {
    write(
        "all.yaml",
        """
        extends: offline
        sandbox: {image: "other:1", memory: 33 MiB, cpus: 0.125, processes: 9, open_files: 33,
          file_size: 2 KiB, workspace: 2 MiB, tmp: 3 MiB, shm: 4 MiB}
        time: {wall: 2ms, cpu: 3ms}
        output: {bytes: 5 B, displays: 51, display_bytes: 52 B}
        tools:
          calls: 6
          in_flight: 7
          argument_bytes: 8 B
          result_bytes: 9 B
          call_timeout: 10s
          allow: [a.b]
          ask: [c.d]
          deny: [e.f]
          ask_timeout: 12s
          limits:
            - {tools: g.h, calls: 13, in_flight: 14, timeout: 15s}
        network:
          allow:
            - {host: i.test, ports: [16], protocols: [http, tls], methods: [POST]}
          connections: 17
          connections_total: 18
          bytes: 19 B
          rate: 20 KiB
          idle_timeout: 21s
        code:
          refuse_imports: [j]
          refuse_builtins: [k]
          refuse_attributes: [l.m]
        pool: {warm: 11}
        """);

    Policy policy = PolicyStore.withFolder(folder).find("all");

    assertThat(policy)
        .usingRecursiveComparison()
        .ignoringFields("origin")
        .isEqualTo(
            new Policy(
                "all",
                new SandboxShape(
                    "other:1",
                    new SandboxLimits(
                        ByteSize.ofMebibytes(33),
                        new CpuMillis(125),
                        9,
                        33,
                        ByteSize.ofKibibytes(2),
                        ByteSize.ofMebibytes(2),
                        ByteSize.ofMebibytes(3),
                        ByteSize.ofMebibytes(4))),
                Duration.ofMillis(2),
                Duration.ofMillis(3),
                new ByteSize(5),
                new DisplayLimits(51, new ByteSize(52)),
                new Policy.ToolLimits(
                    6, 7, new ByteSize(8), new ByteSize(9), Duration.ofSeconds(10)),
                new ToolGrants(
                    List.of(tool("a", "b", "tools.allow[0]", 12)),
                    List.of(tool("c", "d", "tools.ask[0]", 13)),
                    List.of(tool("e", "f", "tools.deny[0]", 14)),
                    List.of(
                        new ToolLimit(
                            new ToolPattern("g", "h"),
                            OptionalInt.of(13),
                            OptionalInt.of(14),
                            Optional.of(Duration.ofSeconds(15)),
                            ref("tools.limits[0]", 17))),
                    Duration.ofSeconds(12),
                    ref("tools.allow", 12)),
                new NetworkPolicy(
                    List.of(
                        new NetworkRule(
                            HostPattern.of("i.test").orElseThrow(),
                            Set.of(16),
                            Set.of(NetworkProtocol.HTTP, NetworkProtocol.TLS),
                            Set.of("POST"),
                            ref("network.allow[0]", 20))),
                    new NetworkLimits(
                        17, 18, new ByteSize(19), ByteSize.ofKibibytes(20), Duration.ofSeconds(21)),
                    ref("network.allow", 19)),
                new CodeRules(
                    List.of(new CodeRule("j", ref("code.refuse_imports[0]", 27))),
                    List.of(new CodeRule("k", ref("code.refuse_builtins[0]", 28))),
                    List.of(new CodeRule("l.m", ref("code.refuse_attributes[0]", 29))),
                    ref("code", 26)),
                11,
                policy.origin()));
    assertThat(PolicyKeys.ALL)
        .allSatisfy(key -> assertThat(policy.origin().of(key.key()).file()).isEqualTo("all.yaml"));
    assertThat(policy.origin().of("time.wall")).isEqualTo(ref("time.wall", 4));
  }

  private static ToolRule tool(String server, String tool, String key, int line) {
    return new ToolRule(new ToolPattern(server, tool), ref(key, line));
  }

  private static RuleRef ref(String key, int line) {
    return new RuleRef(key, "all.yaml", line);
  }

  @Test
  void allProblemsOfAFileAreToldAtOnceWithTheirLines() throws IOException {
    write(
        "bad.yaml",
        """
        sandbox:
          memory: 256
          cpus: 0.0001
          proceses: 3
          open_files: "64"
          tmp: 1 KiB
        time:
          wall: 90
        netwrk:
          hosts: []
        pool: 4
        tools: {calls: 1, calls: 2}
        """);

    String file = folder.resolve("bad.yaml").toString();
    assertThatThrownBy(() -> PolicyStore.withFolder(folder))
        .isInstanceOfSatisfying(
            SandboxException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
        .hasMessage(
            """
            the policies of FOLDER cannot be used:
              FILE:12: tools.calls: the key is given twice. Keep one of the two
              FILE:4: sandbox.proceses: the key is not known. Known here: image, memory, cpus, processes, open_files, file_size, workspace, tmp, shm. Did you mean 'processes'?
              FILE:9: netwrk: the key is not known. Known here: extends, sandbox, time, output, tools, network, code, pool. Did you mean 'network'?
              FILE:11: pool: got 4; this is a section with keys of its own. Write its keys below it: warm
              FILE:2: sandbox.memory: got 256; allowed is a size from 32 MiB to 64 GiB. Write for example '64 MiB'
              FILE:3: sandbox.cpus: got 0.0001; allowed is a number of cores from 0.01 to 1000, with at most three decimals. Write for example '1.0'
              FILE:5: sandbox.open_files: got '64'; allowed is a whole number from 32 to 65536. Write for example '32'
              FILE:6: sandbox.tmp: got '1 KiB'; allowed is a size from 1 MiB to 64 GiB. Write for example '64 MiB'
              FILE:8: time.wall: got 90; allowed is a duration from 1ms to 24h. Write for example '24h'\
            """
                .replace("FOLDER", folder.toString())
                .replace("FILE", file));
  }

  @Test
  void theSchemaAloneRefusesAWrongTypeAnUnknownKeyAndAMissingUnit() {
    var schema =
        com.networknt.schema.SchemaRegistry.withDefaultDialect(
                com.networknt.schema.SpecificationVersion.DRAFT_2020_12)
            .getSchema(resource("policy.schema.json"));

    for (String text :
        new String[] {
          "sandbox: {memory: 256}",
          "sandbox: {memory: '256'}",
          "sandbox: {processes: '9'}",
          "sandbox: {processes: 4097}",
          "network: {hosts: []}",
          "network: {allow: [{ports: [1]}]}",
          "network: {allow: [{host: '*.*.a.test'}]}",
          "tools: {ask: true}",
          "tools: {limits: [{tools: a.b}]}",
          "time: 30s"
        }) {
      assertThat(schema.validate(YamlTree.read("x", text).tree())).as(text).isNotEmpty();
    }
    for (String name :
        new String[] {
          "default.yaml",
          "data.yaml",
          "offline.yaml",
          "packages.yaml",
          "trusted-tools.yaml",
          "web.yaml"
        }) {
      assertThat(schema.validate(YamlTree.read(name, resource(name)).tree())).isEmpty();
    }
  }

  @Test
  void aNameThatIsNoPolicyNameAndAMissingFolderAreRefused() throws IOException {
    write("Über.yaml", "");
    write("b.yml", "");

    assertThatThrownBy(() -> PolicyStore.withFolder(folder))
        .hasMessageContaining("b.yml: a policy's file is called NAME.yaml")
        .hasMessageContaining("ber.yaml: a policy's file is called NAME.yaml");
    assertThatThrownBy(() -> PolicyStore.withFolder(folder.resolve("none")))
        .hasMessageContaining("cannot be read");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private static String resource(String name) {
    try (InputStream in = PolicyStore.class.getResourceAsStream("/caisson/policies/" + name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not in the policies' jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
