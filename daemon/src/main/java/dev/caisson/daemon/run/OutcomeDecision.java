package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.ProgramEnd;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.SandboxLimits;
import dev.caisson.daemon.policy.Policy;
import dev.caisson.daemon.run.ConductedRun.End;
import dev.caisson.daemon.runtime.RunningSandbox;
import dev.caisson.daemon.runtime.SandboxDeath;
import dev.caisson.daemon.runtime.SandboxUsage;
import java.time.Duration;
import java.util.Optional;

/**
 * Makes an outcome of how a run ended. The daemon's own decision comes first, then the word of the
 * engine and the cgroup about a sandbox that is gone, and last what the agent said.
 */
final class OutcomeDecision {

  /** How long the engine may take to say how a sandbox died. */
  private static final Duration POST_MORTEM = Duration.ofSeconds(3);

  private static final int SIGKILL = 9;

  private OutcomeDecision() {}

  static RunOutcome of(End end, RunningSandbox sandbox, SandboxUsage usage, Policy policy) {
    SandboxLimits limits = policy.shape().limits();
    return switch (end) {
      case End.Stopped(RunOutcome outcome) -> outcome;
      case End.ByProgram(ProgramEnd.WorkerSignalled(int signal))
          when signal == SIGKILL && usage.memoryKills() > 0 ->
          new RunOutcome.OutOfMemory(limits.memory());
      case End.ByProgram(ProgramEnd.Refused(var findings)) ->
          CodeDecision.of(findings, policy.code());
      case End.ByProgram(ProgramEnd program) -> byProgram(program, limits);
      case End.ByChannel(SandboxException why) -> byChannel(why, sandbox, limits);
    };
  }

  private static RunOutcome byProgram(ProgramEnd end, SandboxLimits limits) {
    return switch (end) {
      case ProgramEnd.Completed(var value) -> new RunOutcome.Succeeded(value);
      case ProgramEnd.Exited(int status, String text) ->
          status == 0
              ? new RunOutcome.Succeeded(Optional.empty())
              : new RunOutcome.Exited(status, text);
      case ProgramEnd.Raised(var error) ->
          new RunOutcome.Raised(error, LimitHint.of(error, limits));
      case ProgramEnd.Refused refused ->
          throw new IllegalArgumentException("decided by the policy's rules: " + refused);
      case ProgramEnd.WorkerExited(int status) -> new RunOutcome.InterpreterExited(status);
      case ProgramEnd.WorkerSignalled(int signal) -> new RunOutcome.Signalled(signal);
      case ProgramEnd.WorkerKilled() ->
          new RunOutcome.ProtocolViolation("the agent says that it was told to kill the program");
      case ProgramEnd.ChannelClosedByWorker() ->
          new RunOutcome.ProtocolViolation(
              "the program closed the descriptors that join it to the daemon");
    };
  }

  private static RunOutcome byChannel(
      SandboxException why, RunningSandbox sandbox, SandboxLimits limits) {
    return switch (why.code()) {
      case CHANNEL_VIOLATION -> new RunOutcome.ProtocolViolation(why.getMessage());
      case CHANNEL_CLOSED ->
          switch (sandbox.death(Deadline.after(POST_MORTEM))) {
            case SandboxDeath.OutOfMemory() -> new RunOutcome.OutOfMemory(limits.memory());
            case SandboxDeath.Exited(int status) ->
                new RunOutcome.SandboxLost(
                    "its first process ended with status "
                        + status
                        + (status == 137 ? " (SIGKILL)" : "")
                        + "; a program can do that by ending the process above it");
            case SandboxDeath.StillRunning() -> new RunOutcome.SandboxLost(why.getMessage());
            case SandboxDeath.Unknown(String reason) ->
                new RunOutcome.SandboxLost(why.getMessage() + "; " + reason);
          };
      default -> throw why;
    };
  }
}
