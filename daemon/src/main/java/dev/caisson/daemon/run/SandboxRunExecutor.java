package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.RunFrame;
import dev.caisson.daemon.egress.Gate;
import dev.caisson.daemon.egress.RunGate;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.RunReport;
import dev.caisson.daemon.model.RunUsage;
import dev.caisson.daemon.model.SharedPace;
import dev.caisson.daemon.model.Ticker;
import dev.caisson.daemon.model.WorkspacePath;
import dev.caisson.daemon.policy.CodeRule;
import dev.caisson.daemon.policy.CodeRules;
import dev.caisson.daemon.policy.EffectiveLimits;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.policy.PolicySource;
import dev.caisson.daemon.run.ConductedRun.End;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxUsage;
import dev.caisson.daemon.tools.PythonCatalogue;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The leaf: plans a run by its policy, leases a sandbox, conducts the run in it, decides the
 * outcome, and leaves the sandbox to the end of the run, which destroys it. A sandbox that saw code
 * is never given to another caller: it stays with the session it belongs to, if there is one.
 */
public final class SandboxRunExecutor implements RunExecutor {

  /** What a program may write at once, before its pace counts. */
  private static final int OUTPUT_WINDOW = 128 << 10;

  /**
   * Tool calls a second that each processor carries for all runs together while there are several:
   * about a quarter of what it could. A call costs processor time in the sandbox, in the daemon and
   * in the client alike; with more, the slowest of a quiet neighbour's runs took more than three
   * times as long as alone ({@code caisson bench neighbour}).
   */
  private static final int CALLS_EACH_PROCESSOR = 300;

  /** The same of connections to the network gate. */
  private static final int CONNECTIONS_EACH_PROCESSOR = 100;

  /**
   * How long the caller is not told that the run has begun while nothing else is to be told: in a
   * short run it hears of both ends at once.
   */
  private static final Duration ACCEPTED_UNTOLD = Duration.ofMillis(2);

  /** How long a run may wait for its turn in a session: as long as a run may last, and more. */
  private static final Duration SESSION_PATIENCE = Duration.ofHours(24);

  private final PolicySource policies;
  private final Sandboxes sandboxes;
  private final KeptSandboxes kept;
  private final RunNetwork network;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final Duration leasePatience;
  private final RunFilePatience filePatience;

  /** Runs that have their sandbox and are not over. */
  private final AtomicInteger going = new AtomicInteger();

  /**
   * @param kept the sandboxes of sessions
   * @param gate the way to the network for runs whose policy has one
   * @param timer for the time limits of tool calls and of CPU; its tasks are short
   * @param leasePatience how long a run may wait for a sandbox
   */
  public SandboxRunExecutor(
      PolicySource policies,
      Sandboxes sandboxes,
      KeptSandboxes kept,
      Gate gate,
      ScheduledExecutorService timer,
      Ticker ticker,
      Duration leasePatience) {
    this(policies, sandboxes, kept, gate, timer, ticker, leasePatience, RunFilePatience.DEFAULT);
  }

  /** The same with a patience of the caller's choice for the files of runs. */
  SandboxRunExecutor(
      PolicySource policies,
      Sandboxes sandboxes,
      KeptSandboxes kept,
      Gate gate,
      ScheduledExecutorService timer,
      Ticker ticker,
      Duration leasePatience,
      RunFilePatience filePatience) {
    this.policies = policies;
    this.sandboxes = sandboxes;
    this.kept = kept;
    this.network = new RunNetwork(gate, policies);
    this.timer = timer;
    this.ticker = ticker;
    this.leasePatience = leasePatience;
    this.filePatience = filePatience;
  }

  @Override
  public RunReport execute(Run run) {
    RunSpec spec = run.spec();
    long asked = ticker.nanos();
    Optional<String> early = run.waitsOn(Thread.currentThread());
    if (early.isPresent()) {
      return cancelled(early.get());
    }
    try {
      if (spec.place().isPresent()) {
        return inSession(run, spec.place().get(), asked);
      }
      Plan plan = plan(spec, policies.find(spec.policy()), "<code>");
      Sandboxes.Leased leased =
          sandboxes.lease(plan.policy().shape(), Deadline.after(leasePatience, ticker));
      run.closesAtItsEnd(leased);
      Optional<String> meanwhile = run.waited();
      if (meanwhile.isPresent()) {
        // The interruption may have come after the wait; it is nobody else's.
        Thread.interrupted();
        return cancelled(meanwhile.get());
      }
      return conduct(run, plan, leased, asked, Optional.empty());
    } catch (InterruptedException e) {
      return cancelledWhileWaiting(
          run, new SandboxException(ErrorCode.SHUTTING_DOWN, "the daemon is shutting down", e));
    } catch (SandboxException e) {
      return cancelledWhileWaiting(run, e);
    }
  }

  /** The turn is the run's from the moment it has it: whatever happens then, its end ends it. */
  private RunReport inSession(Run run, RunSpec.Place place, long asked)
      throws InterruptedException {
    KeptSandboxes.Turn turn =
        kept.enter(run, place, new Deadline(ticker, asked + SESSION_PATIENCE.toNanos()));
    run.closesAtItsEnd(turn);
    Optional<String> meanwhile = run.waited();
    if (meanwhile.isPresent()) {
      Thread.interrupted();
      return cancelled(meanwhile.get());
    }
    // Another name for each run: tracebacks into functions of an earlier one show its own lines.
    Plan plan =
        plan(run.spec(), sessionPolicy(run.spec(), turn), "<code %d>".formatted(turn.number()));
    RunReport report = conduct(run, plan, turn, asked, turn.lost());
    turn.ended(report);
    return report;
  }

  private Policy sessionPolicy(RunSpec spec, KeptSandboxes.Turn turn) {
    if (!spec.policy().isEmpty() && !spec.policy().equals(turn.policy())) {
      throw new SandboxException(
          ErrorCode.INVALID_REQUEST,
          "the run asks for policy '%s' in a session of policy '%s'; leave it empty, or make another session"
              .formatted(spec.policy(), turn.policy()));
    }
    return policies.find(turn.policy());
  }

  private static Plan plan(RunSpec spec, Policy policy, String otherwise) {
    EffectiveLimits limits = policy.tighten(spec.limits()).orThrow();
    PythonCatalogue catalogue = PythonCatalogue.of(spec.tools(), policy.grants()::lists);
    return new Plan(policy, limits, catalogue, spec.fileName().orElse(otherwise));
  }

  /** A cancelled run is interrupted where it waits, and the wait fails in its own way. */
  private static RunReport cancelledWhileWaiting(Run run, SandboxException otherwise) {
    return cancelled(run.cancelled().orElseThrow(() -> otherwise));
  }

  private static RunReport cancelled(String reason) {
    return new RunReport(new RunOutcome.Cancelled(reason), RunUsage.NOTHING);
  }

  private record Plan(
      Policy policy, EffectiveLimits limits, PythonCatalogue catalogue, String fileName) {}

  private RunReport conduct(
      Run run, Plan plan, Sandboxes.Leased leased, long asked, Optional<String> stateLost)
      throws InterruptedException {
    going.incrementAndGet();
    try {
      return toItsEnd(run, plan, leased, asked, stateLost);
    } finally {
      going.decrementAndGet();
    }
  }

  private RunReport toItsEnd(
      Run run, Plan plan, Sandboxes.Leased leased, long asked, Optional<String> stateLost)
      throws InterruptedException {
    leased.sandbox().runBegins();
    EffectiveLimits limits = plan.limits();
    WorkspaceOfRun workspace =
        new WorkspaceOfRun(
            run, leased.channel().files(plan.policy().shape().limits()), ticker, filePatience);
    workspace.prepare();
    long accepted = ticker.nanos();
    // Before all other events, but not told yet: that would hold the run up for as long as it takes
    // to wake the caller's connection, and again while the caller reads it.
    run.events()
        .add(
            new RunEvent.Accepted(
                plan.policy().name(),
                leased.sandbox().id(),
                leased.placement(),
                Duration.ofNanos(accepted - asked),
                limits.wall(),
                stateLost));
    Deadline deadline = new Deadline(ticker, accepted + limits.wall().toNanos());
    OutputBudget output = new OutputBudget(limits.outputBytes());
    DisplayBudget displays = new DisplayBudget(limits.displays());
    AtomicReference<ConductedRun> conducted = new AtomicReference<>();
    Consumer<RunOutcome> stop =
        outcome -> Optional.ofNullable(conducted.get()).ifPresent(c -> c.stop(outcome));
    ToolRelay tools =
        new ToolRelay(
            plan.catalogue(),
            new CallDecision(
                plan.catalogue(), limits, plan.policy().grants(), run.spec().approvals()),
            pace(CALLS_EACH_PROCESSOR),
            run.events(),
            timer,
            new ToolAudit(run),
            stop);
    Optional<RunGate> gate =
        network.open(run, plan.policy(), limits.network(), pace(CONNECTIONS_EACH_PROCESSOR), stop);
    leased
        .channel()
        .start(
            frame(run.spec(), plan),
            agentRun -> {
              ConductedRun made =
                  new ConductedRun(
                      agentRun,
                      run.events(),
                      output,
                      displays,
                      room -> new OutputPace(room, this::later, ticker),
                      workspace::printed,
                      tools,
                      gate);
              conducted.set(made);
              return made;
            });
    ConductedRun conductor = conducted.get();
    Duration before = leased.sandbox().cpuTime();
    run.attach(conductor).ifPresent(conductor::cancel);
    End end;
    try (CpuBudget cpu = cpuBudget(leased.sandbox(), before, plan, conductor)) {
      cpu.start();
      if (!conductor.endsWithin(ACCEPTED_UNTOLD)) {
        run.events().tell();
      }
      end = conductor.awaitEnd(deadline, new RunOutcome.TimedOut(limits.wall()));
    }
    run.programEnded();
    Duration wall = Duration.ofNanos(ticker.nanos() - accepted);
    SandboxUsage after = leased.sandbox().usage();
    RunOutcome outcome = OutcomeDecision.of(end, leased.sandbox(), after, plan.policy());
    if (run.cancelled().isEmpty() && workspace.mayGiveBack()) {
      if (run.spec().place().isEmpty()) {
        // Its threads would go on, and what they write come back. In a session they are kept.
        conductor.endInterpreter();
      }
      workspace.giveBack();
    }
    return new RunReport(outcome, usage(after, before, wall, output, displays, tools));
  }

  private SharedPace pace(int eachProcessor) {
    long together = (long) eachProcessor * Runtime.getRuntime().availableProcessors();
    return new SharedPace(together, going::get, ticker);
  }

  /** On a thread of its own, because a sandbox that does not read may block it. */
  private void later(Runnable task, Duration wait) {
    var unused =
        timer.schedule(
            () -> Thread.ofVirtual().name("run-output").start(task),
            wait.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  private CpuBudget cpuBudget(
      RunningSandbox sandbox, Duration before, Plan plan, ConductedRun conductor) {
    Duration limit = plan.limits().cpu();
    return new CpuBudget(
        () -> sandbox.cpuTime().minus(before),
        limit,
        plan.policy().shape().limits().cpu(),
        timer,
        () ->
            conductor.stop(
                new RunOutcome.LimitExceeded(
                    "time.cpu",
                    "the program used more than %s of CPU time (time.cpu)"
                        .formatted(DurationText.of(limit)))));
  }

  private RunFrame frame(RunSpec spec, Plan plan) {
    return new RunFrame(
        spec.code(),
        plan.fileName(),
        spec.arguments(),
        RunNetwork.environment(spec, plan.policy()),
        spec.stdin(),
        plan.catalogue().servers().stream()
            .map(s -> new RunFrame.ServerNames(s.name(), s.python(), s.className()))
            .toList(),
        OUTPUT_WINDOW,
        plan.limits().toolCallsInFlight(),
        plan.limits().argumentBytes().bytes(),
        refused(plan.policy().code()),
        !plan.policy().network().offline(),
        spec.place().isPresent(),
        spec.files().entryPoint().map(WorkspacePath::text),
        !spec.files().brought().isEmpty());
  }

  private static RunFrame.RefusedCode refused(CodeRules rules) {
    return new RunFrame.RefusedCode(
        rules.imports().stream().map(CodeRule::pattern).toList(),
        rules.builtins().stream().map(CodeRule::pattern).toList(),
        rules.attributes().stream().map(CodeRule::pattern).toList());
  }

  private static RunUsage usage(
      SandboxUsage after,
      Duration before,
      Duration wall,
      OutputBudget output,
      DisplayBudget displays,
      ToolRelay tools) {
    Optional<Duration> cpu =
        after.cpuTime().isZero() ? Optional.empty() : Optional.of(after.cpuTime().minus(before));
    return new RunUsage(
        wall,
        cpu,
        after.memoryPeak(),
        output.written(),
        output.dropped(),
        displays.dropped(),
        tools.calls(),
        tools.lateAnswers());
  }
}
