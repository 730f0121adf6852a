package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.client.ScriptedDaemon;
import dev.caisson.v1.GetPoolRequest;
import dev.caisson.v1.GetPoolResponse;
import dev.caisson.v1.Pool;
import dev.caisson.v1.PoolServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class StatusCommandTest {

  @TempDir Path folder;

  @Test
  void statusShowsTheDaemonAndItsPools() throws Exception {
    try (ScriptedDaemon daemon = new ScriptedDaemon(folder, new FixedPools(true))) {
      CommandRun command = new CommandRun(daemon.socket());

      assertThat(command.execute("status")).isZero();

      assertThat(command.out())
          .isEqualTo(
              """
              daemon  version 0.1.0, pid 77, serving
              socket  %s
              pool    caisson/base:latest for default, offline
                      3 of 4 warm, 1 being created, 2 in use, 0 being destroyed
                      9 created, 3 destroyed since the start {run_ended=3}
                      last error: no space
              """
                  .formatted(daemon.socket()));
    }
  }

  @Test
  void statusSaysThatChangedPoliciesAreNotInForce() throws Exception {
    try (ScriptedDaemon daemon =
        new ScriptedDaemon(folder, new FixedPools(true, "web.yaml:2: no such key"))) {
      CommandRun command = new CommandRun(daemon.socket());

      assertThat(command.execute("status")).isZero();

      assertThat(command.out())
          .contains(
              "policy  the files have changed and are not in force: web.yaml:2: no such key\n");
    }
  }

  @Test
  void statusIsJsonWhenAsked() throws Exception {
    try (ScriptedDaemon daemon = new ScriptedDaemon(folder, new FixedPools(true))) {
      CommandRun command = new CommandRun(daemon.socket());

      assertThat(command.execute("status", "--output", "json")).isZero();

      var report = JsonMapper.shared().readTree(command.out());
      assertThat(report.path("pid").asInt()).isEqualTo(77);
      assertThat(report.path("pools").path(0).path("warm").asInt()).isEqualTo(3);
    }
  }

  @Test
  void aDaemonThatDoesNotServeIs3() throws Exception {
    try (ScriptedDaemon daemon = new ScriptedDaemon(folder, new FixedPools(false))) {
      assertThat(new CommandRun(daemon.socket()).execute("status")).isEqualTo(3);
    }
  }

  @Test
  void noDaemonIs3AndSaysWhereItWasLookedFor() {
    CommandRun command = new CommandRun(folder.resolve("nothing.sock"));

    assertThat(command.execute("status")).isEqualTo(3);

    assertThat(command.err()).contains("nothing.sock");
  }

  @Test
  void aFileThatIsNoCatalogueIsAUsageErrorThatShowsTheForm() throws Exception {
    Path catalogue = Files.writeString(folder.resolve("tools.json"), "{}");
    CommandRun command = new CommandRun(folder.resolve("nothing.sock"));

    assertThat(command.execute("api", "--catalogue", catalogue.toString())).isEqualTo(2);

    assertThat(command.err())
        .contains("is not a catalogue of tools: it has neither \"servers\" nor \"tools\"")
        .contains("write {\"servers\"");
  }

  private static final class FixedPools extends PoolServiceGrpc.PoolServiceImplBase {
    private final boolean serving;
    private final String refusal;

    FixedPools(boolean serving) {
      this(serving, "");
    }

    FixedPools(boolean serving, String refusal) {
      this.serving = serving;
      this.refusal = refusal;
    }

    @Override
    public void getPool(GetPoolRequest request, StreamObserver<GetPoolResponse> responses) {
      responses.onNext(
          GetPoolResponse.newBuilder()
              .setDaemonVersion("0.1.0")
              .setPid(77)
              .setServing(serving)
              .setPolicyRefusal(refusal)
              .addPools(
                  Pool.newBuilder()
                      .addPolicies("default")
                      .addPolicies("offline")
                      .setImage("caisson/base:latest")
                      .setTarget(4)
                      .setWarm(3)
                      .setCreating(1)
                      .setLeased(2)
                      .setCreatedTotal(9)
                      .setDestroyedTotal(3)
                      .putDepartures("run_ended", 3)
                      .setLastError("no space"))
              .build());
      responses.onCompleted();
    }
  }
}
