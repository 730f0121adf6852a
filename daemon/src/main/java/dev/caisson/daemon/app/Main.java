package dev.caisson.daemon.app;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.pool.PoolConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The daemon's command. PROVISIONAL configuration by environment. */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    Path socket =
        Path.of(
            Optional.ofNullable(System.getenv("CAISSON_SOCKET"))
                .orElse(
                    Optional.ofNullable(System.getenv("CAISSON_RUN_DIR")).orElse("/run/caisson")
                        + "/caisson.sock"));
    CountDownLatch gone = new CountDownLatch(1);
    try {
      Daemon daemon =
          new Daemon(
              new Daemon.Settings(
                  socket,
                  PolicyStore.shipped(),
                  new Daemon.DockerEngine(Path.of("/var/run/docker.sock"), "caisson-runsc"),
                  PoolConfig.DEFAULT,
                  Duration.ofSeconds(10),
                  "0.1.0"));
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    daemon.close();
                    gone.countDown();
                  },
                  "shutdown"));
      daemon.start();
      gone.await();
    } catch (SandboxException e) {
      System.err.println("caisson daemon: " + e.getMessage());
      System.exit(1);
    }
  }
}
