package dev.caisson.daemon.acceptance;

import static dev.caisson.daemon.acceptance.RunClient.program;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.app.RunningDaemon;
import dev.caisson.v1.RunFinished.Outcome;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine on which nobody has built the data image. */
class MissingImageTest {

  @TempDir Path folder;

  @Test
  void aDaemonWithoutTheDataImageServesAndTellsARunThatAsksForIt() {
    try (RunningDaemon daemon = RunningDaemon.start(folder, 1, Map.of());
        RunClient client = new RunClient(daemon.socket())) {
      assertThatThrownBy(() -> client.run(program("1").setPolicy("data")))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE))
          .hasMessageContaining(
              "the engine has no image '%s': build it with ./caisson image build data"
                  .formatted(RunningDaemon.NO_DATA_IMAGE));
      assertThat(client.run("6 * 7").outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void aDaemonThatIsToKeepSandboxesOfItWarmDoesNotBeginWithoutIt() {
    Map<String, String> policies = Map.of("data", "extends: data\npool: {warm: 1}\n");

    assertThatThrownBy(() -> RunningDaemon.start(folder, 1, policies))
        .hasMessage(
            "the engine has no image '%s': build it with ./caisson image build data"
                .formatted(RunningDaemon.NO_DATA_IMAGE));
  }

  @Test
  void anImageOfSomebodysOwnHasToBeThere() {
    Map<String, String> policies = Map.of("own", "sandbox: {image: \"nobodys/image:1\"}\n");

    assertThatThrownBy(() -> RunningDaemon.start(folder, 1, policies))
        .hasMessage(
            "the engine has no image 'nobodys/image:1': build it, or name another as sandbox.image"
                + " in the policy");
  }
}
