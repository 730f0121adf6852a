package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.AgentChannel;
import dev.caisson.daemon.channel.ChannelPatience;
import dev.caisson.daemon.channel.ScriptedAgent;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.runtime.Fact;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxConnection;
import dev.caisson.daemon.runtime.SandboxDeath;
import dev.caisson.daemon.runtime.SandboxUsage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Leases sandboxes whose agents the test plays. Counts what was not given back. */
public final class ScriptedSandboxes implements Sandboxes {

  public final BlockingQueue<ScriptedAgent> agents = new LinkedBlockingQueue<>();
  public final AtomicInteger leased = new AtomicInteger();

  /** How often a sandbox was told that a run begins. */
  final AtomicInteger runsBegun = new AtomicInteger();

  /** Of the channels to sandboxes that are leased from now on. */
  public volatile ChannelPatience patience = ChannelPatience.DEFAULT;

  /** How much more CPU time each look at the account shows. */
  volatile Duration cpuTimeEachLook = Duration.ZERO;

  private final AtomicInteger looks = new AtomicInteger();
  volatile SandboxDeath death = new SandboxDeath.Exited(0);

  /** A run that nobody conducts. */
  public static Run run(RunSpec spec) {
    return new Run(new RunId("run-1"), spec);
  }

  @Override
  public Leased lease(SandboxShape shape, Deadline deadline) throws InterruptedException {
    ScriptedAgent agent = agents.take();
    AgentChannel channel =
        AgentChannel.greet(
            agent, Optional.empty(), Deadline.after(Duration.ofSeconds(10)), patience);
    leased.incrementAndGet();
    AtomicBoolean open = new AtomicBoolean(true);
    return new Leased() {
      @Override
      public RunningSandbox sandbox() {
        return new Sandbox(agent);
      }

      @Override
      public AgentChannel channel() {
        return channel;
      }

      @Override
      public RunEvent.Placement placement() {
        return RunEvent.Placement.WARM;
      }

      @Override
      public void close() {
        if (open.compareAndSet(true, false)) {
          channel.close();
          leased.decrementAndGet();
        }
      }
    };
  }

  private final class Sandbox implements RunningSandbox {
    private final ScriptedAgent agent;

    Sandbox(ScriptedAgent agent) {
      this.agent = agent;
    }

    @Override
    public SandboxId id() {
      return new SandboxId("0123456789abcdef");
    }

    @Override
    public SandboxConnection connection() {
      return agent;
    }

    @Override
    public void ready() {}

    @Override
    public Duration cpuTime() {
      return usage().cpuTime();
    }

    @Override
    public void runBegins() {
      runsBegun.incrementAndGet();
    }

    @Override
    public String make() {
      return "fake";
    }

    @Override
    public List<Fact> posture() {
      return List.of();
    }

    @Override
    public SandboxUsage usage() {
      return new SandboxUsage(
          cpuTimeEachLook.multipliedBy(looks.incrementAndGet()),
          ByteSize.ofMebibytes(20),
          ByteSize.ofMebibytes(30),
          0);
    }

    @Override
    public SandboxDeath death(Deadline deadline) {
      return death;
    }

    @Override
    public void destroy(Deadline deadline) {
      agent.close();
    }
  }
}
