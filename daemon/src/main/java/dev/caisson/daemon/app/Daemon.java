package dev.caisson.daemon.app;

import dev.caisson.daemon.api.FileEndpoint;
import dev.caisson.daemon.api.GrpcServer;
import dev.caisson.daemon.api.PolicyEndpoint;
import dev.caisson.daemon.api.PoolEndpoint;
import dev.caisson.daemon.api.RunEndpoint;
import dev.caisson.daemon.api.SessionEndpoint;
import dev.caisson.daemon.api.ToolEndpoint;
import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.config.NetworkConfig;
import dev.caisson.daemon.egress.AddressRules;
import dev.caisson.daemon.egress.Dialer;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.egress.TrustedCertificates;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.OwnImage;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.LivePolicies;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.policy.PolicyWatch;
import dev.caisson.daemon.pool.RandomSandboxIds;
import dev.caisson.daemon.pool.SandboxReaper;
import dev.caisson.daemon.pool.WarmPools;
import dev.caisson.daemon.posture.PostureProof;
import dev.caisson.daemon.posture.ProvenSandboxes;
import dev.caisson.daemon.run.RunAuditLog;
import dev.caisson.daemon.run.RunExecutor;
import dev.caisson.daemon.run.RunRegistry;
import dev.caisson.daemon.run.SandboxRunExecutor;
import dev.caisson.daemon.runtime.docker.DockerConfig;
import dev.caisson.daemon.runtime.docker.DockerSandboxRuntime;
import dev.caisson.daemon.session.SessionRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
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
  private static final Supplier<SessionId> SESSION_IDS = () -> new SessionId(random(16));

  private final DaemonConfig config;
  private final SocketLock lock;
  private final DockerSandboxRuntime runtime;
  private final SandboxReaper reaper;
  private final LivePolicies policies;
  private final PolicyWatch watch;
  private final Gate gate;
  private final WarmPools<WarmAgent> pools;
  private final ScheduledExecutorService timer;
  private final ProvenSandboxes sandboxes;
  private final SessionRegistry sessions;
  private final RunRegistry runs;
  private final RunRehearsal rehearsal;
  private final Thread rehearsing =
      Thread.ofPlatform().name("rehearsal").daemon().unstarted(this::rehearse);
  private final GrpcServer server;
  private final String generation = random(16);

  Daemon(DaemonConfig config, String version) {
    this(config, version, gate(config.network()));
  }

  /**
   * @param gate where network traffic goes; only a test's goes elsewhere than to the internet
   */
  Daemon(DaemonConfig config, String version, Gate gate) {
    this.config = config;
    this.gate = gate;
    PolicyStore first = readPolicies();
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
    requireSafeVersions();
    pinImages(first);
    reaper = new SandboxReaper(runtime);
    pools =
        new WarmPools<>(
            first.warmByShape(),
            runtime,
            WarmAgent.greeting(gate),
            new RandomSandboxIds(),
            config.pool(),
            Ticker.SYSTEM);
    policies = new LivePolicies(first, this::readPolicies, this::makeReady);
    watch = new PolicyWatch(policies, config.places().policies());
    timer = newTimer();
    sandboxes =
        new ProvenSandboxes(
            new ImageCheckingSandboxes(new PooledSandboxes(pools), runtime::requireImage),
            new PostureProof(PolicyStore.shipped().find("offline"), gate, timer));
    sessions =
        new SessionRegistry(
            sandboxes,
            policies,
            SESSION_IDS,
            config.sessionsPerTenant(),
            timer,
            Ticker.SYSTEM,
            InstantSource.system());
    RunExecutor executor =
        new SandboxRunExecutor(
            policies, sandboxes, sessions, gate, timer, Ticker.SYSTEM, LEASE_PATIENCE);
    runs = new RunRegistry(executor, RUN_IDS, new RunAuditLog());
    rehearsal = new RunRehearsal(first, pools, gate, timer, RUN_IDS, () -> runs.active() > 0);
    server =
        new GrpcServer(
            config.places().socket(),
            List.of(
                new RunEndpoint(runs),
                new SessionEndpoint(sessions),
                new FileEndpoint(sessions),
                new ToolEndpoint(policies),
                new PolicyEndpoint(policies),
                new PoolEndpoint(
                    this::namedPools, policies::state, this::serving, version, generation)));
  }

  /** Reads the certificates, so that a daemon with bad ones never begins. */
  private static Gate gate(NetworkConfig network) {
    return new Gate(
        Dialer.bySystem(AddressRules.permitting(network.privateAddresses())),
        network.caFile().map(TrustedCertificates::read),
        Ticker.SYSTEM);
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
    proveImages();
    watch.start();
    sessions.start();
    server.serving(true);
    rehearsing.start();
    LOG.info(
        "serving on {} with policies {}",
        config.places().socket(),
        policies.state().store().names());
  }

  /** Has the policies read again, as SIGHUP asks. */
  void reloadPolicies() {
    watch.request();
  }

  /** Takes no new runs, lets those there are end, and leaves nothing on the engine. */
  @Override
  public void close() {
    LOG.info("shutting down; {} runs in progress", runs.active());
    server.serving(false);
    rehearsing.interrupt();
    watch.close();
    runs.drain(Deadline.after(config.drainTimeout()));
    sessions.close();
    server.stop(Deadline.after(Duration.ofSeconds(2)));
    if (!pools.close(Deadline.after(CLEAN_UP))) {
      reaper.reapAll(Deadline.after(CLEAN_UP));
    }
    timer.shutdownNow();
    gate.close();
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

  private PolicyStore readPolicies() {
    PolicyStore read =
        config
            .places()
            .policies()
            .map(folder -> PolicyStore.withFolder(folder, config.packages()))
            .orElseGet(() -> PolicyStore.shipped(config.packages()));
    read.all().forEach(this::requirePoolRange);
    return read;
  }

  private void requirePoolRange(Policy policy) {
    if (policy.warm() > config.pool().maximumLive()) {
      throw new SandboxException(
          ErrorCode.INVALID_CONFIGURATION,
          "policy '%s' keeps %d warm by %s, and pool.max_live allows %d; lower one or raise the other"
              .formatted(
                  policy.name(),
                  policy.warm(),
                  policy.origin().of("pool.warm"),
                  config.pool().maximumLive()));
    }
  }

  /** Everything that can fail, before policies are in force. */
  private void makeReady(PolicyStore next) {
    pinImages(next);
    pools.retarget(next.warmByShape());
  }

  private void pinImages(PolicyStore store) {
    Set<String> warm = new HashSet<>();
    store
        .warmByShape()
        .forEach((shape, number) -> {
          if (number > 0) {
            warm.add(shape.image());
          }
        });
    store.warmByShape().keySet().stream()
        .map(SandboxShape::image)
        .distinct()
        .forEach(image -> {
          if (image.equals(OwnImage.DATA.text()) && !warm.contains(image)) {
            pinImageIfThere(image);
          } else {
            pinImage(image);
          }
        });
  }

  /** The data image is made on request alone: without it the daemon serves, and such runs fail. */
  private void pinImageIfThere(String image) {
    try {
      pinImage(image);
    } catch (SandboxException e) {
      if (e.code() != ErrorCode.ENGINE_UNSUITABLE) {
        throw e;
      }
      LOG.info("policies that start from '{}' cannot be used: {}", image, e.getMessage());
    }
  }

  /**
   * One sandbox of each image that has warm ones; the others are examined before their first run.
   * Meanwhile the pools fill.
   */
  private void proveImages() {
    Set<String> images = new HashSet<>();
    policies
        .state()
        .store()
        .warmByShape()
        .forEach((shape, warm) -> {
          if (warm > 0 && images.add(shape.image())) {
            prove(shape);
          }
        });
  }

  private void prove(SandboxShape shape) {
    try {
      sandboxes.prove(shape, Deadline.after(LEASE_PATIENCE));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.SHUTTING_DOWN, "interrupted while a sandbox was examined", e);
    }
  }

  private void requireSafeVersions() {
    List<String> problems = runtime.unsafeVersions(Deadline.after(ENGINE_PATIENCE));
    if (problems.isEmpty()) {
      return;
    }
    String all = String.join("; ", problems);
    switch (config.engine().unsafeVersions()) {
      case ACCEPT ->
          LOG.warn("UNSAFE, and accepted by the configuration (engine.unsafe_versions): {}", all);
      case REFUSE -> {
        runtime.close();
        lock.close();
        throw new SandboxException(
            ErrorCode.ENGINE_UNSUITABLE,
            all + ". Upgrade, or set engine.unsafe_versions to accept to serve all the same");
      }
    }
  }

  private void pinImage(String image) {
    runtime.pinImage(image, config.engine().referenceOf(image), Deadline.after(ENGINE_PATIENCE));
  }

  private boolean serving() {
    return server.serving();
  }

  private List<PoolEndpoint.NamedPool> namedPools() {
    return pools.stats().stream()
        .map(stats ->
            new PoolEndpoint.NamedPool(
                policies.all().stream()
                    .filter(policy -> policy.shape().equals(stats.shape()))
                    .map(Policy::name)
                    .toList(),
                stats))
        // One that no policy asks for any more is told as long as something of it is there.
        .filter(pool ->
            !pool.policies().isEmpty() || pool.stats().created() != pool.stats().destroyed())
        .sorted(
            Comparator.comparing(
                    (PoolEndpoint.NamedPool pool) -> !pool.policies().contains(PolicyStore.DEFAULT))
                .thenComparing(pool -> String.join(",", pool.policies())))
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
