package dev.caisson.daemon.app;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.config.DaemonConfig;
import dev.caisson.daemon.config.EngineConfig;
import dev.caisson.daemon.egress.Dialer;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.policy.PolicyStore;
import dev.caisson.daemon.pool.RandomSandboxIds;
import dev.caisson.daemon.posture.PostureProof;
import dev.caisson.daemon.posture.PostureReport;
import dev.caisson.daemon.run.RunEvent;
import dev.caisson.daemon.run.Sandboxes;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxSpec;
import dev.caisson.daemon.runtime.docker.DockerConfig;
import dev.caisson.daemon.runtime.docker.DockerSandboxRuntime;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * {@code caisson doctor --posture}: makes one sandbox as a daemon would, prints all that was found
 * of it, and destroys it. Exit status 0 when everything is as it should be, else 1.
 */
record PostureCommand(DaemonConfig config, PrintStream out) {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  int run() {
    String owner = "posture-" + ProcessHandle.current().pid();
    EngineConfig engine = config.engine();
    try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        Gate gate = new Gate(Dialer.toTheInternet(), Ticker.SYSTEM);
        DockerSandboxRuntime runtime =
            DockerSandboxRuntime.connect(
                new DockerConfig(engine.socket(), engine.runtime(), owner, owner, List.of()),
                Deadline.after(PATIENCE))) {
      List<String> unsafe = runtime.unsafeVersions(Deadline.after(PATIENCE));
      unsafe.forEach(problem -> out.println("DIFFERS host   version: " + problem));
      PostureReport report = examine(runtime, gate, timer);
      out.println(report);
      out.println(
          report.holds() && unsafe.isEmpty()
              ? "the sandbox is what it should be"
              : "the sandbox is not what it should be");
      return report.holds() && unsafe.isEmpty() ? 0 : 1;
    } catch (SandboxException e) {
      out.println("no sandbox could be examined: " + e.getMessage());
      return 1;
    }
  }

  private PostureReport examine(
      DockerSandboxRuntime runtime, Gate gate, ScheduledExecutorService timer) {
    SandboxShape shape = PolicyStore.shipped().find("default").shape();
    runtime.pinImage(
        shape.image(), config.engine().referenceOf(shape.image()), Deadline.after(PATIENCE));
    RunningSandbox sandbox =
        runtime.create(
            new SandboxSpec(new RandomSandboxIds().get(), shape), Deadline.after(PATIENCE));
    try {
      AgentChannel channel = AgentChannel.greet(sandbox.connection(), Deadline.after(PATIENCE));
      sandbox.ready();
      return new PostureProof(PolicyStore.shipped().find("offline"), gate, timer)
          .examine(shape, new Only(sandbox, channel));
    } finally {
      sandbox.destroy(Deadline.after(PATIENCE));
    }
  }

  /** The one sandbox, which the command destroys itself. */
  private record Only(RunningSandbox sandbox, AgentChannel channel) implements Sandboxes.Leased {

    @Override
    public RunEvent.Placement placement() {
      return RunEvent.Placement.COLD;
    }

    @Override
    public void close() {
      channel.close();
    }
  }
}
