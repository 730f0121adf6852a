package dev.caisson.daemon.app;

import dev.caisson.daemon.api.GrpcServer;
import dev.caisson.daemon.api.PoolEndpoint;
import dev.caisson.daemon.api.RunEndpoint;
import dev.caisson.daemon.api.ToolEndpoint;
import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.config.EngineConfig;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.pool.RandomSandboxIds;
import dev.caisson.daemon.pool.SandboxReaper;
import dev.caisson.daemon.pool.WarmPools;
import dev.caisson.daemon.run.RunAuditLog;
import dev.caisson.daemon.run.RunExecutor;
import dev.caisson.daemon.run.RunRegistry;
import dev.caisson.daemon.run.SandboxRunExecutor;
import dev.caisson.daemon.runtime.docker.DockerConfig;
import dev.caisson.daemon.runtime.docker.DockerSandboxRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: builds every room and joins them, in the order in which a run meets them
 * from the back. Read it top to bottom to see what the daemon is.
 *
 * <p>{@link #start} and {@link #close} are called once each, by Main.
 */
final class Daemon implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
  private static final Duration ENGINE_PATIENCE = Duration.ofSeconds(30);
  private static final Duration LEASE_PATIENCE = Duration.ofSeconds(30);
  private static final Duration CLEAN_UP = Duration.ofSeconds(20);

  private static final Supplier<RunId> RUN_IDS = () -> new RunId(random(16));

  private final DaemonConfig config;
  private final SocketLock lock;
  private final DockerSandboxRuntime runtime;
  private final SandboxReaper reaper;
  private final PolicyStore policies;
  private final WarmPools<WarmAgent> pools;
  private final ScheduledExecutorService timer;
  private final RunRegistry runs;
  private final RunRehearsal rehearsal;
  private final Thread rehearsing =
      Thread.ofPlatform().name("rehearsal").daemon().unstarted(this::rehearse);
  private final GrpcServer server;
  private final String generation = random(16);

  Daemon(DaemonConfig config, String version) {
    this.config = config;
    policies =
        config
            .places()
            .policies()
            .map(folder -> PolicyStore.withFolder(folder, config.packages()))
            .orElseGet(() -> PolicyStore.shipped(config.packages()));
    lock = SocketLock.take(config.places().socket());
    runtime =
        DockerSandboxRuntime.connect(
            new DockerConfig(
                config.engine().socket(),
                config.engine().runtime(),
                lock.owner(),
                generation,
                List.of()),
            Deadline.after(ENGINE_PATIENCE));
    policies.warmByShape().keySet().stream()
        .map(SandboxShape::image)
        .distinct()
        .forEach(this::pinImage);
    reaper = new SandboxReaper(runtime);
    pools =
        new WarmPools<>(
            policies.warmByShape(),
            runtime,
            WarmAgent.GREETING,
            new RandomSandboxIds(),
            config.pool(),
            Ticker.SYSTEM);
    timer = newTimer();
    RunExecutor executor =
        new SandboxRunExecutor(
            policies, new PooledSandboxes(pools), timer, Ticker.SYSTEM, LEASE_PATIENCE);
    runs = new RunRegistry(executor, RUN_IDS, new RunAuditLog());
    rehearsal = new RunRehearsal(policies, pools, timer, RUN_IDS, () -> runs.active() > 0);
    server =
        new GrpcServer(
            config.places().socket(),
            List.of(
                new RunEndpoint(runs),
                new ToolEndpoint(policies),
                new PoolEndpoint(this::namedPools, this::serving, version, generation)));
  }

  /** Removes what earlier daemons of this socket left, fills the pools and serves. */
  void start() {
    int reaped = reaper.reapEarlier(generation, Deadline.after(CLEAN_UP));
    if (reaped > 0) {
      LOG.info("removed {} sandboxes that an earlier daemon left", reaped);
    }
    server.start();
    restrict(config.places().socket());
    pools.start();
    server.serving(true);
    rehearsing.start();
    LOG.info("serving on {} with policies {}", config.places().socket(), policies.names());
  }

  /** Takes no new runs, lets those there are end, and leaves nothing on the engine. */
  @Override
  public void close() {
    LOG.info("shutting down; {} runs in progress", runs.active());
    server.serving(false);
    rehearsing.interrupt();
    runs.drain(Deadline.after(config.drainTimeout()));
    server.stop(Deadline.after(Duration.ofSeconds(2)));
    if (!pools.close(Deadline.after(CLEAN_UP))) {
      reaper.reapAll(Deadline.after(CLEAN_UP));
    }
    timer.shutdownNow();
    runtime.close();
    lock.close();
    LOG.info("gone, with everything that was mine");
  }

  /** Beside the traffic and after the first fill, so that nobody waits for it. */
  private void rehearse() {
    if (pools.awaitFirstFill(Deadline.after(CLEAN_UP))) {
      rehearsal.play(config.rehearsalRuns());
    }
  }

  private void pinImage(String image) {
    String reference = image.equals(EngineConfig.BASE_IMAGE) ? config.engine().baseImage() : image;
    runtime.pinImage(image, reference, Deadline.after(ENGINE_PATIENCE));
  }

  private boolean serving() {
    return server.serving();
  }

  private List<PoolEndpoint.NamedPool> namedPools() {
    return pools.stats().stream()
        .map(stats ->
            new PoolEndpoint.NamedPool(
                policies.names().stream()
                    .filter(name -> policies.find(name).shape().equals(stats.shape()))
                    .toList(),
                stats))
        .toList();
  }

  /** What is no longer wanted is let go at once: it holds on to its whole run. */
  private static ScheduledExecutorService newTimer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("call-timer").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  private static void restrict(Path socket) {
    try {
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String random(int bytes) {
    byte[] bits = new byte[bytes];
    new SecureRandom().nextBytes(bits);
    return HexFormat.of().formatHex(bits);
  }
}
