package dev.caisson.mcp.endtoend;

import static org.awaitility.Awaitility.await;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.CaissonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A daemon of the test's own, from the build beside this one, with folders of its own. */
final class DaemonProcess implements AutoCloseable {

  private static final Path BUILD = Path.of("..", "daemon", "target");

  private final Process process;
  private final Path folder;

  DaemonProcess(Path folder) throws IOException {
    this.folder = folder;
    var jar = BUILD.resolve("caisson-daemon.jar").toAbsolutePath();
    if (!Files.exists(jar)) {
      throw new AssertionError(
          jar + " is missing; build it first: mvn -pl daemon -am -DskipTests package");
    }
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-cp",
            jar + ":" + BUILD.resolve("lib").toAbsolutePath() + "/*",
            "dev.caisson.daemon.app.Main");
    for (var name : new String[] {"RUN", "STATE", "LOG"}) {
      var own = Files.createDirectories(folder.resolve(name.toLowerCase(java.util.Locale.ROOT)));
      builder.environment().put("CAISSON_" + name + "_DIR", own.toString());
    }
    builder.environment().put("CAISSON_SOCKET", socket().toString());
    builder.environment().put("CAISSON_REHEARSAL_RUNS", "0");
    builder.redirectErrorStream(true).redirectOutput(log().toFile());
    process = builder.start();
    awaitServing();
  }

  private void awaitServing() {
    try (var client = CaissonClient.connect(socket())) {
      await().atMost(Duration.ofMinutes(2)).until(() -> !process.isAlive() || serves(client));
    }
    if (!process.isAlive()) {
      throw new AssertionError("the daemon ended at its start:\n" + said());
    }
  }

  private static boolean serves(CaissonClient client) {
    try {
      return client.isServing();
    } catch (CaissonException notYet) {
      return false;
    }
  }

  private String said() {
    try {
      return Files.readString(log());
    } catch (IOException unreadable) {
      return "(its log cannot be read)";
    }
  }

  private Path log() {
    return folder.resolve("daemon.log");
  }

  Path socket() {
    return folder.resolve("run").resolve("caisson.sock");
  }

  /** Asks it to go and waits: it takes its sandboxes with it. */
  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(Duration.ofSeconds(60))) {
      process.destroyForcibly();
      throw new AssertionError("the daemon did not end within 60 s of SIGTERM:\n" + said());
    }
  }
}
