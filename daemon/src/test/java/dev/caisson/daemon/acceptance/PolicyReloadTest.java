package dev.caisson.daemon.acceptance;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.ExplainDecisionRequest;
import dev.caisson.v1.ExplainDecisionResponse;
import dev.caisson.v1.GetPolicyRequest;
import dev.caisson.v1.GetPolicyResponse;
import dev.caisson.v1.ListPoliciesRequest;
import dev.caisson.v1.ListPoliciesResponse;
import dev.caisson.v1.PolicyServiceGrpc;
import dev.caisson.v1.PolicyServiceGrpc.PolicyServiceBlockingStub;
import dev.caisson.v1.PolicySummary;
import dev.caisson.v1.PolicyValue;
import dev.caisson.v1.Pool;
import dev.caisson.v1.RuleReference;
import dev.caisson.v1.RunFinished.Outcome;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies that change while the daemon serves. */
class PolicyReloadTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;

  private RunningDaemon daemon;
  private RunClient client;
  private PolicyServiceBlockingStub policies;

  @BeforeEach
  void start() {
    daemon =
        RunningDaemon.start(
            folder,
            1,
            Map.of(
                "a", "time: {wall: 1m}\n",
                "net", "network:\n  allow:\n    - host: example.test\n"));
    client = new RunClient(daemon.socket());
    policies = PolicyServiceGrpc.newBlockingStub(client.channel());
    await().atMost(SOON).until(client::full);
  }

  @AfterEach
  void end() {
    client.close();
    daemon.close();
  }

  @Test
  void aNewPolicyOfANewShapeServesRunsAndARemovedOneDoesNot() throws IOException {
    assertThatThrownBy(() -> client.run(program("1").setPolicy("b")))
        .hasMessageContaining("there is no policy 'b'");

    write("b", "sandbox: {file_size: 3 MiB}\npool: {warm: 1}\n");
    await().atMost(SOON).until(() -> list().getGeneration() == 2);
    await().atMost(SOON).until(client::full);

    assertThat(poolOf("b").getWarm()).isEqualTo(1);
    assertThat(
            client
                .run(
                    program("import resource\nresource.getrlimit(resource.RLIMIT_FSIZE)[1]")
                        .setPolicy("b"))
                .finished()
                .getValue()
                .getRepr())
        .isEqualTo(String.valueOf(3 << 20));

    Files.delete(folder.resolve("policies/b.yaml"));
    await().atMost(SOON).until(() -> list().getGeneration() == 3);
    assertThatThrownBy(() -> client.run(program("1").setPolicy("b")))
        .hasMessageContaining("there is no policy 'b'");
    await()
        .atMost(SOON)
        .until(() -> client.pool().getPoolsList().stream().noneMatch(this::isNobodys));
  }

  @Test
  void aRunInProgressKeepsThePolicyThatItBeganWith() throws IOException {
    LiveRun run =
        client.start(program("print('begun')\ninput()\n'done'").setPolicy("a").setStdin(true));
    run.awaitOutput("begun");

    write("a", "time: {wall: 1ms}\nsandbox: {file_size: 4 MiB}\n");
    await().atMost(SOON).until(() -> list().getGeneration() == 2);
    run.stdin("\n");

    assertThat(run.transcript().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(client.run(program("while True: pass").setPolicy("a")).outcome())
        .isEqualTo(Outcome.TIMED_OUT);
  }

  @Test
  void aBadFileChangesNothingAndIsToldByTheServiceAndByTheStatus() throws IOException {
    write("a", "time: {wall: 2m}\n");
    write("bad", "\ntime: {wal: 2m}\n");

    await().atMost(SOON).until(() -> !list().getRefusal().isEmpty());

    ListPoliciesResponse list = list();
    assertThat(list.getGeneration()).isEqualTo(1);
    assertThat(list.getRefusal()).contains("bad.yaml:2: time.wal: the key is not known.");
    assertThat(client.pool().getPolicyRefusal()).isEqualTo(list.getRefusal());
    assertThat(list.getPoliciesList())
        .extracting(PolicySummary::getName)
        .containsExactly(
            "a", "data", "default", "net", "offline", "packages", "trusted-tools", "web");
    assertThat(client.run("6 * 7").finished().getValue().getRepr()).isEqualTo("42");
    write("bad", "time: {wall: 2m}\n");
    await().atMost(SOON).until(() -> list().getRefusal().isEmpty());
    assertThat(list().getGeneration()).isEqualTo(2);
  }

  @Test
  void moreThanThePoolMayHoldIsRefusedWithItsLine() throws IOException {
    write("a", "pool:\n  warm: 65\n");

    await().atMost(SOON).until(() -> !list().getRefusal().isEmpty());

    assertThat(list().getRefusal())
        .isEqualTo(
            "policy 'a' keeps 65 warm by pool.warm (a.yaml:2), and pool.max_live allows 64; lower"
                + " one or raise the other");
  }

  @Test
  void aPolicyShowsTheLineOfEachOfItsValues() {
    GetPolicyResponse answer =
        policies.getPolicy(GetPolicyRequest.newBuilder().setName("net").build());

    assertThat(answer.getPolicy().getNetwork()).isTrue();
    assertThat(answer.getPolicy().getFilesList())
        .containsExactly(
            folder.resolve("policies/net.yaml").toString(),
            folder.resolve("policies/default.yaml").toString(),
            "default.yaml (shipped)");
    assertThat(answer.getValuesList())
        .contains(
            PolicyValue.newBuilder()
                .setKey("network.allow")
                .setValue("[{\"host\":\"example.test\"}]")
                .setRule(reference("network.allow", "net.yaml", 2))
                .build());
    assertThat(answer.getValuesList())
        .filteredOn(value -> value.getKey().equals("time.wall"))
        .extracting(PolicyValue::getValue)
        .containsExactly("30s");
  }

  @Test
  void aDecisionIsExplainedWithItsLine() {
    ExplainDecisionResponse allowed = connect("example.test", 443);
    assertThat(allowed.getVerdict()).isEqualTo(ExplainDecisionResponse.Verdict.ALLOWED);
    assertThat(allowed.getRule()).isEqualTo(reference("network.allow[0]", "net.yaml", 3));

    ExplainDecisionResponse denied = connect("evil.test", 443);
    assertThat(denied.getVerdict()).isEqualTo(ExplainDecisionResponse.Verdict.DENIED);
    assertThat(denied.getReason()).isEqualTo("no rule allows the host 'evil.test'");
    assertThat(denied.getText()).startsWith("denied: connection to evil.test:443\n");
  }

  @Test
  void aQuestionThatIsNoneIsRefused() {
    assertThatThrownBy(() -> connect("example.test", 0))
        .hasMessageContaining("connect.port")
        .hasMessageContaining("1 to 65535");
    assertThatThrownBy(() -> connect("", 1)).hasMessageContaining("connect.host");
    assertThatThrownBy(() -> policies.explainDecision(ExplainDecisionRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
        .hasMessageContaining("set connect, http, tool, import, builtin or attribute");
  }

  @Test
  void aHangUpSignalDoesNotEndTheDaemon() throws Exception {
    Path place = Files.createDirectory(folder.resolve("other"));
    try (DaemonProcess other = DaemonProcess.start(place, 1);
        RunClient others = new RunClient(other.socket())) {
      await().atMost(SOON).until(others::full);

      Process kill = new ProcessBuilder("kill", "-HUP", String.valueOf(other.pid())).start();
      assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();

      assertThat(others.run("6 * 7").finished().getValue().getRepr()).isEqualTo("42");
      other.terminate();
      assertThat(other.awaitExit()).as(other::log).isZero();
    }
  }

  private boolean isNobodys(Pool pool) {
    return pool.getPoliciesList().isEmpty();
  }

  private Pool poolOf(String policy) {
    return client.pool().getPoolsList().stream()
        .filter(pool -> pool.getPoliciesList().equals(List.of(policy)))
        .findFirst()
        .orElseThrow();
  }

  private ListPoliciesResponse list() {
    return policies.listPolicies(ListPoliciesRequest.getDefaultInstance());
  }

  private ExplainDecisionResponse connect(String host, int port) {
    return policies.explainDecision(
        ExplainDecisionRequest.newBuilder()
            .setPolicy("net")
            .setConnect(ExplainDecisionRequest.Connect.newBuilder().setHost(host).setPort(port))
            .build());
  }

  private static RuleReference reference(String key, String file, int line) {
    return RuleReference.newBuilder().setKey(key).setFile(file).setLine(line).build();
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve("policies").resolve(name + ".yaml"), text);
  }
}
