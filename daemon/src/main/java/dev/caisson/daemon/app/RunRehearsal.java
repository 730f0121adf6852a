package dev.caisson.daemon.app;

import dev.caisson.daemon.api.GrpcServer;
import dev.caisson.daemon.api.LoopbackCaller;
import dev.caisson.daemon.api.RunEndpoint;
import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.OnePolicy;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.pool.Lease;
import dev.caisson.daemon.pool.WarmPools;
import dev.caisson.daemon.run.KeptSandboxes;
import dev.caisson.daemon.run.RunEvent;
import dev.caisson.daemon.run.RunRegistry;
import dev.caisson.daemon.run.SandboxRunExecutor;
import dev.caisson.daemon.run.Sandboxes;
import dev.caisson.daemon.runtime.RunningSandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small programs of our own, run many times through the whole way of a run: a gRPC call on a
 * socket, the executor, the channel, a sandbox. What the JVM has not compiled yet takes twice the
 * time, and without this it would be the first hundred callers who wait for the compiler.
 *
 * <p>All in one sandbox of the pool, which is destroyed afterwards, on a server and a registry of
 * its own: nothing of it can be met by a caller, in the audit log or in a count of runs.
 *
 * <p>Threads: {@link #play} is called once, on a thread of its own, and steps aside while real runs
 * are in progress.
 */
final class RunRehearsal {

  private static final Logger LOG = LoggerFactory.getLogger(RunRehearsal.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration STEP_ASIDE = Duration.ofMillis(20);

  private static final String PRINT = "print(1+1)";
  private static final String CALL = "[rehearsal.echo(text=str(i)) for i in range(10)]";

  /** Every how many programs one calls tools. */
  private static final int CALLS_EVERY = 8;

  private final PolicyStore policies;
  private final WarmPools<WarmAgent> pools;
  private final Gate gate;
  private final ScheduledExecutorService timer;
  private final Supplier<RunId> ids;
  private final BooleanSupplier inTheWay;

  /**
   * @param timer as for the executor of real runs
   * @param inTheWay whether there are real runs
   */
  RunRehearsal(
      PolicyStore policies,
      WarmPools<WarmAgent> pools,
      Gate gate,
      ScheduledExecutorService timer,
      Supplier<RunId> ids,
      BooleanSupplier inTheWay) {
    this.policies = policies;
    this.pools = pools;
    this.gate = gate;
    this.timer = timer;
    this.ids = ids;
    this.inTheWay = inTheWay;
  }

  /**
   * Plays that many programs, or fewer when the thread is interrupted. A failure is logged and is
   * no more than that: real runs say for themselves what is wrong.
   */
  void play(int programs) {
    SandboxShape shape = policies.find("default").shape();
    if (programs == 0 || policies.warmByShape().getOrDefault(shape, 0) == 0) {
      return;
    }
    try (Lease<WarmAgent> lease = pools.claim(shape, Deadline.after(PATIENCE))) {
      // By the shipped rules: those in force may forbid what the programs do.
      play(programs, PolicyStore.shipped().find("default").in(shape), new Kept(lease.sandbox()));
    } catch (SandboxException | IOException e) {
      if (!Thread.currentThread().isInterrupted()) {
        LOG.warn("the rehearsal failed; the first runs will be slower: {}", e.getMessage());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void play(int programs, Policy policy, Kept sandbox)
      throws IOException, InterruptedException {
    // Its owner alone may enter such a folder.
    Path folder = Files.createTempDirectory("caisson-rehearsal");
    Path socket = folder.resolve("socket");
    RunRegistry runs =
        new RunRegistry(
            new SandboxRunExecutor(
                new OnePolicy(policy),
                (shape, deadline) -> sandbox,
                KeptSandboxes.NONE,
                gate,
                timer,
                Ticker.SYSTEM,
                PATIENCE),
            ids,
            (run, last) -> {});
    GrpcServer server = new GrpcServer(socket, List.of(new RunEndpoint(runs)));
    try (LoopbackCaller caller = new LoopbackCaller(socket)) {
      server.start();
      play(programs, caller);
    } finally {
      server.stop(Deadline.after(Duration.ofSeconds(1)));
      Files.deleteIfExists(socket);
      Files.deleteIfExists(folder);
    }
  }

  private void play(int programs, LoopbackCaller caller) throws InterruptedException {
    for (int i = 1; i <= programs; i++) {
      while (inTheWay.getAsBoolean()) {
        Thread.sleep(STEP_ASIDE);
      }
      String outcome = caller.run(i % CALLS_EVERY == 0 ? CALL : PRINT);
      if (!outcome.equals("SUCCEEDED")) {
        LOG.warn("a program of the rehearsal ended {}; the first runs will be slower", outcome);
        return;
      }
    }
    LOG.info("rehearsed {} programs", programs);
  }

  /** One sandbox for all, which its lease destroys. */
  private record Kept(WarmAgent agent) implements Sandboxes.Leased {

    @Override
    public RunningSandbox sandbox() {
      return agent.sandbox();
    }

    @Override
    public AgentChannel channel() {
      return agent.channel();
    }

    @Override
    public RunEvent.Placement placement() {
      return RunEvent.Placement.WARM;
    }

    @Override
    public void close() {
      // The next program runs in it.
    }
  }
}
