package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.caisson.client.ScriptedDaemon;
import dev.caisson.v1.ExplainDecisionRequest;
import dev.caisson.v1.ExplainDecisionResponse;
import dev.caisson.v1.GetPolicyRequest;
import dev.caisson.v1.GetPolicyResponse;
import dev.caisson.v1.PolicyServiceGrpc;
import dev.caisson.v1.PolicyValue;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunValue;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BenchGateCommandTest {

  private static final String PROMPT = "[1000000,100000000]";

  @TempDir Path folder;
  private final Policies policies = new Policies();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private ScriptedDaemon daemon;
  private CommandRun command;

  @BeforeEach
  void start() throws Exception {
    daemon = new ScriptedDaemon(folder, new FillingPools(), policies);
    command = new CommandRun(daemon.socket());
  }

  @AfterEach
  void stop() {
    daemon.close();
  }

  @Test
  void theCostAndEveryKindOfDenialAreMeasured() {
    runs();
    Denials.KINDS.forEach(kind -> denies(PROMPT));

    bench();

    assertThat(command.err()).isEmpty();
    assertThat(command.out())
        .containsPattern("(?m)^policy offline +1 ")
        .containsPattern("(?m)^policy default +1 ")
        .containsPattern("(?m)^policy web +1 ")
        .containsPattern("p50 under policy web is [0-9.]+ times that under policy offline")
        .containsPattern("(?m)^SOCKS5, address +2 +1\\.000 .* 403 no$")
        .contains("\nholds: every denial within 100 ms");
    assertThat(asked).hasSize(Denials.KINDS.size()).contains("HTTP, port of bench.example.test 1");
  }

  @Test
  void aDenialThatTakesTooLongFails() {
    runs();
    denies("[1000000,101000000]");
    Denials.KINDS.stream().skip(1).forEach(kind -> denies(PROMPT));

    assertThat(bench()).isEqualTo(1);

    assertThat(command.out())
        .containsPattern("CONNECT, other host .* NOT DENIED IN TIME: 403 no")
        .contains("does not hold: every denial within 100 ms");
  }

  @Test
  void anAttemptThatWasNotDeniedFails() {
    runs();
    denies("[1000000]");
    Denials.KINDS.stream().skip(1).forEach(kind -> denies(PROMPT));

    assertThat(bench()).isEqualTo(1);

    assertThat(command.out()).containsPattern("CONNECT, other host .* NOT DENIED IN TIME");
  }

  @Test
  void aPolicyThatAllowsNoHostIsToldWithTheWayOut() {
    policies.allow = "[{\"host\":\"${packages.index}\"}]";

    assertThat(bench()).isEqualTo(2);

    assertThat(command.err()).contains("policy 'web' allows no host", "caisson bench gate --help");
  }

  private int bench(String... options) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "bench",
                "gate",
                "-n",
                "1",
                "--warm-up",
                "0",
                "--questions",
                "0",
                "--denials",
                "2"));
    all.addAll(List.of(options));
    return command.execute(all.toArray(String[]::new));
  }

  /** One under each policy. */
  private void runs() {
    for (String policy : List.of("offline", "default", "web")) {
      daemon
          .runs()
          .plays(scene -> {
            assertThat(scene.start().getPolicy()).isEqualTo(policy);
            scene.accept();
            scene.stdout("2\n");
            scene.succeed();
          });
    }
  }

  private void denies(String nanos) {
    daemon
        .runs()
        .plays(scene -> {
          List<String> arguments = scene.start().getArgumentsList();
          asked.add(arguments.get(0) + " of " + arguments.get(1) + " " + arguments.get(2));
          scene.accept();
          scene.finish(
              RunFinished.newBuilder()
                  .setOutcome(RunFinished.Outcome.SUCCEEDED)
                  .setValue(
                      RunValue.newBuilder()
                          .setJson(
                              ByteString.copyFromUtf8(
                                  "{\"samples_ns\":%s,\"answer\":\"403 no\"}".formatted(nanos)))));
        });
  }

  /** A policy whose first usable rule is a pattern, and that allows port 9. */
  private static final class Policies extends PolicyServiceGrpc.PolicyServiceImplBase {

    private volatile String allow =
        "[{\"host\":\"${packages.index}\"},{\"host\":\"*.example.test\",\"ports\":[443,9]}]";

    @Override
    public void getPolicy(GetPolicyRequest request, StreamObserver<GetPolicyResponse> responses) {
      responses.onNext(
          GetPolicyResponse.newBuilder()
              .addValues(PolicyValue.newBuilder().setKey("network.allow").setValue(allow))
              .build());
      responses.onCompleted();
    }

    @Override
    public void explainDecision(
        ExplainDecisionRequest request, StreamObserver<ExplainDecisionResponse> responses) {
      responses.onNext(
          ExplainDecisionResponse.newBuilder()
              .setVerdict(
                  request.getConnect().getPort() == 9
                      ? ExplainDecisionResponse.Verdict.ALLOWED
                      : ExplainDecisionResponse.Verdict.DENIED)
              .build());
      responses.onCompleted();
    }
  }
}
