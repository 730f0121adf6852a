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
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PolicyStoreTest {

  @TempDir Path folder;

  @Test
  void theDefaultPolicySaysWhatItsFileSays() {
    assertThat(PolicyStore.shipped().find(""))
        .isEqualTo(
            new Policy(
                "default",
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
                        ByteSize.ofMebibytes(16))),
                Duration.ofSeconds(30),
                ByteSize.ofMebibytes(1),
                new Policy.ToolLimits(
                    10_000,
                    64,
                    ByteSize.ofMebibytes(1),
                    ByteSize.ofMebibytes(8),
                    Duration.ofSeconds(60)),
                PolicyFile.TIGHTEST.grants(),
                PolicyFile.TIGHTEST.network(),
                PolicyFile.TIGHTEST.code(),
                4));
  }

  @Test
  void offlineAllowsNoToolsAndSharesThePoolOfDefault() {
    PolicyStore store = PolicyStore.shipped();
    Policy offline = store.find("offline");

    assertThat(offline.tools().calls()).isZero();
    assertThat(offline.shape()).isEqualTo(store.find("default").shape());
    assertThat(store.warmByShape()).containsExactly(java.util.Map.entry(offline.shape(), 4));
  }

  @Test
  void theDefaultPolicyGivesEveryKeyItself() {
    YamlTree tree = YamlTree.read("default.yaml", resource("default.yaml"));
    assertThat(PolicyKeys.ALL).allSatisfy(key -> assertThat(tree.lines()).containsKey(key.key()));
  }

  @Test
  void theSchemaDescribesEveryKeyAndNoOther() {
    JsonNode schema = JsonMapper.shared().readTree(resource("policy.schema.json"));
    TreeSet<String> keys = new TreeSet<>();
    schema
        .get("properties")
        .properties()
        .forEach(section ->
            section
                .getValue()
                .get("properties")
                .properties()
                .forEach(key -> {
                  keys.add(section.getKey() + "." + key.getKey());
                  assertThat(key.getValue().get("description").asString()).contains("nforced by");
                }));

    assertThat(keys)
        .containsExactlyElementsOf(
            new TreeSet<>(PolicyKeys.ALL.stream().map(key -> key.key()).toList()));
  }

  @Test
  void anUnknownPolicyListsTheKnownOnesAndTheNearest() {
    assertThatThrownBy(() -> PolicyStore.shipped().find("ofline"))
        .isInstanceOfSatisfying(
            SandboxException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
        .hasMessage(
            "there is no policy 'ofline'; known are default, offline. Did you mean 'offline'?");
  }

  @Test
  void aFileOfTheFolderTakesWhatItLeavesOutFromDefault() throws IOException {
    write("big.yaml", "sandbox:\n  memory: 2 GiB\ntime:\n  wall: 5m\n");

    PolicyStore store = PolicyStore.withFolder(folder);
    Policy big = store.find("big");

    assertThat(store.names()).containsExactlyInAnyOrder("big", "default", "offline");
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
        sandbox: {image: "other:1", memory: 33 MiB, cpus: 0.125, processes: 9, open_files: 33,
          file_size: 2 KiB, workspace: 2 MiB, tmp: 3 MiB, shm: 4 MiB}
        time: {wall: 2ms}
        output: {bytes: 5 B}
        tools: {calls: 6, in_flight: 7, argument_bytes: 8 B, result_bytes: 9 B, call_timeout: 10s}
        pool: {warm: 11}
        """);

    assertThat(PolicyStore.withFolder(folder).find("all"))
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
                new ByteSize(5),
                new Policy.ToolLimits(
                    6, 7, new ByteSize(8), new ByteSize(9), Duration.ofSeconds(10)),
                PolicyFile.TIGHTEST.grants(),
                PolicyFile.TIGHTEST.network(),
                PolicyFile.TIGHTEST.code(),
                11));
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
        network:
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
              FILE:9: network: the key is not known. Known here: sandbox, time, output, tools, pool.
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
          "network: {}",
          "tools: {ask: true}",
          "time: 30s"
        }) {
      assertThat(schema.validate(YamlTree.read("x", text).tree())).as(text).isNotEmpty();
    }
    for (String name : new String[] {"default.yaml", "offline.yaml"}) {
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
