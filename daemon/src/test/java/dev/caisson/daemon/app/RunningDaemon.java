package dev.caisson.daemon.app;

import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.config.EngineConfig;
import dev.caisson.daemon.config.LogLevel;
import dev.caisson.daemon.config.NetworkConfig;
import dev.caisson.daemon.config.PlacesConfig;
import dev.caisson.daemon.egress.Dialer;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.PackageIndex;
import dev.caisson.daemon.pool.PoolConfig;
import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The real daemon in this process, on a socket and with policies of the test's own. */
public final class RunningDaemon implements AutoCloseable {

  /** What its policy "data" starts from: no test depends on whether the machine has that image. */
  public static final String NO_DATA_IMAGE = "caisson/data:of-no-test";

  /** How many a tenant may have at once where a test does not say. */
  private static final int SESSIONS = 3;

  private final Daemon daemon;
  private final Path socket;

  private RunningDaemon(Daemon daemon, Path socket) {
    this.daemon = daemon;
    this.socket = socket;
  }

  /**
   * Starts a daemon whose files are in {@code folder}.
   *
   * @param warm how many sandboxes the shipped policies keep
   * @param policies the text of further ones by name, which keep none when they do not say so
   */
  public static RunningDaemon start(Path folder, int warm, Map<String, String> policies) {
    return start(folder, warm, policies, 0);
  }

  /** The same with a rehearsal of that many programs. */
  public static RunningDaemon start(
      Path folder, int warm, Map<String, String> policies, int rehearsalRuns) {
    Gate gate = new Gate(Dialer.toTheInternet(), Ticker.SYSTEM);
    return start(folder, warm, policies, rehearsalRuns, PackageIndex.NONE, gate, SESSIONS);
  }

  /** A daemon that allows a tenant so many sessions at once, and keeps one sandbox warm. */
  public static RunningDaemon startWithSessions(Path folder, int sessions) {
    Gate gate = new Gate(Dialer.toTheInternet(), Ticker.SYSTEM);
    return start(folder, 1, Map.of(), 0, PackageIndex.NONE, gate, sessions);
  }

  /**
   * The same with a package index and a gate of the test's own, which may reach servers on this
   * machine.
   */
  public static RunningDaemon start(
      Path folder, int warm, Map<String, String> policies, PackageIndex packages, Gate gate) {
    return start(folder, warm, policies, 0, packages, gate, SESSIONS);
  }

  private static RunningDaemon start(
      Path folder,
      int warm,
      Map<String, String> policies,
      int rehearsalRuns,
      PackageIndex packages,
      Gate gate,
      int sessions) {
    Path socket = folder.resolve("caisson.sock");
    PlacesConfig places =
        new PlacesConfig(socket, folder, Optional.of(writePolicies(folder, warm, policies)));
    Daemon daemon =
        new Daemon(
            new DaemonConfig(
                places,
                engine(),
                PoolConfig.DEFAULT,
                packages,
                NetworkConfig.DEFAULT,
                sessions,
                rehearsalRuns,
                Duration.ofSeconds(5),
                LogLevel.WARN),
            "test",
            gate);
    try {
      daemon.start();
    } catch (RuntimeException e) {
      daemon.close();
      throw e;
    }
    return new RunningDaemon(daemon, socket);
  }

  public Path socket() {
    return socket;
  }

  @Override
  public void close() {
    daemon.close();
  }

  /** Writes policies as {@link #start} takes them and gives their folder. */
  public static Path writePolicies(Path folder, int warm, Map<String, String> policies) {
    Path place = folder.resolve("policies");
    try {
      Files.createDirectories(place);
      Files.writeString(place.resolve("default.yaml"), "pool:\n  warm: " + warm + "\n");
      Files.writeString(
          place.resolve("offline.yaml"), "tools:\n  calls: 0\npool:\n  warm: " + warm + "\n");
      for (Map.Entry<String, String> policy : policies.entrySet()) {
        String text = policy.getValue();
        Files.writeString(
            place.resolve(policy.getKey() + ".yaml"),
            text.contains("pool:") ? text : text + "pool:\n  warm: 0\n");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return place;
  }

  private static EngineConfig engine() {
    String host = System.getenv().getOrDefault("DOCKER_HOST", "");
    Path socket =
        host.isEmpty()
            ? EngineConfig.DEFAULT.socket()
            : Path.of(host.substring("unix://".length()));
    return new EngineConfig(
        socket,
        EngineConfig.DEFAULT.runtime(),
        Specs.IMAGE,
        NO_DATA_IMAGE,
        EngineConfig.DEFAULT.unsafeVersions());
  }
}
