package dev.caisson.daemon.posture;

import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.policy.OnePolicy;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.RequestedLimits;
import dev.caisson.daemon.run.KeptSandboxes;
import dev.caisson.daemon.run.Run;
import dev.caisson.daemon.run.RunEvent;
import dev.caisson.daemon.run.RunEventLog;
import dev.caisson.daemon.run.RunRegistry;
import dev.caisson.daemon.run.RunSpec;
import dev.caisson.daemon.run.SandboxRunExecutor;
import dev.caisson.daemon.run.Sandboxes;
import dev.caisson.daemon.runtime.Fact;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Finds out what a sandbox really is. The program that looks from inside is run as any other, by
 * the same executor, and while it waits for the end of its input the host looks at it from outside.
 *
 * <p>Threads: safe for use by many; works on its caller's.
 */
public final class PostureProof implements Examination {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final ByteSize OUTPUT = ByteSize.ofKibibytes(64);

  private final Policy strictest;
  private final Gate gate;
  private final ScheduledExecutorService timer;

  /**
   * @param strictest a policy without network and tools, whose limits of a run do not matter
   * @param gate stays shut: that policy allows nothing
   */
  public PostureProof(Policy strictest, Gate gate, ScheduledExecutorService timer) {
    this.strictest = strictest;
    this.gate = gate;
    this.timer = timer;
  }

  @Override
  public PostureReport examine(SandboxShape shape, Sandboxes.Leased leased) {
    RunRegistry runs =
        new RunRegistry(
            new SandboxRunExecutor(
                new OnePolicy(policy(shape)),
                (same, deadline) -> leased,
                KeptSandboxes.NONE,
                gate,
                timer,
                Ticker.SYSTEM,
                PATIENCE),
            () -> new RunId("posture-" + leased.sandbox().id()),
            (run, last) -> {});
    Run run = runs.start(SPEC);
    try {
      return new PostureReport(listen(run, shape, leased));
    } catch (InterruptedException e) {
      run.cancel("interrupted");
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.SHUTTING_DOWN, "interrupted while a sandbox was examined", e);
    }
  }

  private static List<Fact> listen(Run run, SandboxShape shape, Sandboxes.Leased leased)
      throws InterruptedException {
    List<Fact> facts = new ArrayList<>();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    RunEventLog.Follower events = run.events().follow();
    while (true) {
      switch (events.next().event()) {
        case RunEvent.Output output -> {
          printed.writeBytes(output.data());
          output.taken().run();
          String text = printed.toString(StandardCharsets.UTF_8);
          if (text.endsWith("\n") && facts.isEmpty()) {
            facts.addAll(InsidePosture.facts(text, shape.limits()));
            facts.addAll(leased.sandbox().posture());
            run.stdinEnd();
          }
        }
        case RunEvent.Finished finished -> {
          facts.add(ended(finished.report().outcome(), printed));
          return facts;
        }
        case RunEvent.Failed failed -> throw failed.error();
        default -> {}
      }
    }
  }

  private static Fact ended(RunOutcome outcome, ByteArrayOutputStream printed) {
    String how = outcome.getClass().getSimpleName();
    return new Fact(
        "inside",
        "the program's end",
        "Succeeded",
        outcome.message().isEmpty()
            ? how
            : how + ": " + outcome.message() + ": " + printed.toString(StandardCharsets.UTF_8));
  }

  private Policy policy(SandboxShape shape) {
    return new Policy(
        "posture",
        shape,
        PATIENCE,
        PATIENCE,
        OUTPUT,
        strictest.displays(),
        strictest.tools(),
        strictest.grants(),
        strictest.network(),
        strictest.code(),
        0,
        strictest.origin());
  }

  private static final RunSpec SPEC =
      new RunSpec(
          Identity.LOCAL,
          InsidePosture.program(),
          Optional.of("posture.py"),
          "posture",
          RequestedLimits.NONE,
          Map.of(),
          List.of(),
          true,
          ToolCatalogue.EMPTY,
          false,
          Optional.empty());
}
