package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.channel.AgentCall;
import dev.caisson.daemon.channel.AgentConnection;
import dev.caisson.daemon.channel.AgentRun;
import dev.caisson.daemon.channel.AgentRunListener;
import dev.caisson.daemon.channel.Lane;
import dev.caisson.daemon.channel.ProgramEnd;
import dev.caisson.daemon.egress.RunGate;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Approval;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.MimeBundle;
import dev.caisson.daemon.model.OutputStreamName;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.ToolAnswer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * One run while it runs in a sandbox: what the sandbox says goes to the log as far as the budgets
 * allow, what the caller says goes in, and whoever conducts the run waits here for its end.
 *
 * <p>Threads: the listener's methods run on the channel's reader and never block; the conductor
 * waits in {@link #awaitEnd}; the caller's methods run on any other thread. The lock guards the end
 * only.
 */
final class ConductedRun implements AgentRunListener, RunControls {

  /** How long output may trail a worker that was killed before the run is closed without it. */
  private static final Duration TRAILING_OUTPUT = Duration.ofMillis(120);

  /** How the run ended, before it is made an outcome. */
  sealed interface End {
    /** The daemon ended it. */
    record Stopped(RunOutcome outcome) implements End {}

    /** The program ended, by the agent's word. */
    record ByProgram(ProgramEnd end) implements End {}

    /** The channel broke. */
    record ByChannel(SandboxException why) implements End {}
  }

  private final AgentRun run;
  private final RunEventLog log;
  private final OutputBudget output;
  private final DisplayBudget displays;
  private final OutputPace pace;
  private final BiConsumer<OutputStreamName, byte[]> heard;
  private final ToolRelay tools;
  private final Optional<RunGate> gate;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private Optional<End> stopped = Optional.empty();

  @GuardedBy("lock")
  private Optional<End> ended = Optional.empty();

  @GuardedBy("lock")
  private boolean workerGone;

  /**
   * @param pace of the run's output
   * @param heard takes each piece of output that the caller gets
   * @param gate the run's way to the network; empty when its policy has none
   */
  ConductedRun(
      AgentRun run,
      RunEventLog log,
      OutputBudget output,
      DisplayBudget displays,
      Function<OutputPace.Room, OutputPace> pace,
      BiConsumer<OutputStreamName, byte[]> heard,
      ToolRelay tools,
      Optional<RunGate> gate) {
    this.run = run;
    this.log = log;
    this.output = output;
    this.displays = displays;
    this.pace = pace.apply(run::consumed);
    this.heard = heard;
    this.tools = tools;
    this.gate = gate;
  }

  // ---- the conductor ----

  /**
   * Waits for the end. At the deadline, or when the run was stopped, the worker is killed and what
   * it wrote before is given a moment to arrive.
   */
  End awaitEnd(Deadline deadline, RunOutcome timedOut) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      awaitChange(deadline);
      if (ended.isPresent()) {
        return ended.get();
      }
      if (!workerGone && stopped.isEmpty()) {
        stopped = Optional.of(new End.Stopped(timedOut));
      }
    } finally {
      lock.unlock();
    }
    return afterTheLastOutput();
  }

  /** Waits for the end, or until the time has passed; whether it has come. */
  boolean endsWithin(Duration time) throws InterruptedException {
    Deadline until = Deadline.after(time);
    lock.lockInterruptibly();
    try {
      awaitChange(until);
      return ended.isPresent() || stopped.isPresent() || workerGone;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the run with this outcome, unless it has ended. No tool call leaves from now on. */
  void stop(RunOutcome outcome) {
    tools.close();
    lock.lock();
    try {
      if (stopped.isEmpty() && ended.isEmpty()) {
        stopped = Optional.of(new End.Stopped(outcome));
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * After the end, in a sandbox that is the run's alone: ends what is left of its program. What is
   * asked of the sandbox afterwards finds it ended.
   */
  void endInterpreter() {
    run.kill();
  }

  private End afterTheLastOutput() throws InterruptedException {
    // What the code still asks for while it is being killed is nobody's any more.
    tools.close();
    // The kill may block when the supervisor does not read; the run must end all the same.
    Thread.ofVirtual().name("run-kill").start(run::kill);
    Deadline trailing = Deadline.after(TRAILING_OUTPUT);
    lock.lockInterruptibly();
    try {
      while (ended.isEmpty() && !trailing.passed()) {
        changed.awaitNanos(trailing.remaining().toNanos());
      }
    } finally {
      lock.unlock();
    }
    run.giveUp();
    lock.lock();
    try {
      return stopped
          .or(() -> ended)
          .orElseThrow(() -> new IllegalStateException("a run that was given up has no end"));
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void awaitChange(Deadline deadline) throws InterruptedException {
    while (ended.isEmpty() && stopped.isEmpty() && !workerGone && !deadline.passed()) {
      changed.await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  // ---- the sandbox ----

  @Override
  public void output(OutputStreamName stream, byte[] data, Lane lane) {
    int admitted = output.admit(data.length);
    if (admitted < data.length) {
      pace.dropped(lane, data.length - admitted);
    }
    if (admitted > 0) {
      byte[] piece = admitted == data.length ? data : Arrays.copyOf(data, admitted);
      heard.accept(stream, piece);
      log.append(new RunEvent.Output(stream, piece, () -> pace.delivered(lane, piece.length)));
    }
    if (output.exhausted()) {
      stop(
          new RunOutcome.LimitExceeded(
              "output.bytes",
              "the program wrote more than %s, ten times its limit of output (output.bytes)"
                  .formatted(output.hardLimit())));
    }
  }

  @Override
  public boolean admits(MimeBundle shown) {
    boolean admitted = displays.admit(shown.bytes());
    displays.exhausted().ifPresent(this::stop);
    return admitted;
  }

  @Override
  public void display(MimeBundle shown) {
    log.append(new RunEvent.Displayed(shown));
  }

  @Override
  public void call(AgentCall call) {
    tools.called(run, call);
  }

  @Override
  public void callCancelled(long id) {
    tools.cancelled(run, id);
  }

  @Override
  public void connected(AgentConnection connection) {
    gate.ifPresent(g -> g.connected(connection));
  }

  @Override
  public void workerGone() {
    lock.lock();
    try {
      workerGone = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void settled(ProgramEnd end) {
    ended(new End.ByProgram(end));
  }

  @Override
  public void lost(SandboxException why) {
    ended(new End.ByChannel(why));
  }

  private void ended(End end) {
    tools.close();
    gate.ifPresent(RunGate::close);
    lock.lock();
    try {
      if (ended.isEmpty()) {
        ended = Optional.of(end);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  // ---- the caller ----

  @Override
  public void toolAnswer(String callId, ToolAnswer answer) throws InterruptedException {
    tools.answer(run, callId, answer);
  }

  @Override
  public void approval(String callId, Approval approval) {
    tools.approved(run, callId, approval);
  }

  @Override
  public void stdin(byte[] data) throws InterruptedException {
    run.stdin(data);
  }

  @Override
  public void stdinEnd() {
    run.stdinEnd();
  }

  @Override
  public void interrupt() {
    run.interrupt();
  }

  @Override
  public void cancel(String reason) {
    stop(new RunOutcome.Cancelled(reason));
  }
}
