package dev.caisson.daemon.run;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.MimeBundle;
import dev.caisson.daemon.model.OutputStreamName;
import dev.caisson.daemon.model.RunReport;
import dev.caisson.daemon.model.SandboxId;
import java.time.Duration;
import java.util.Optional;

/** What a subscriber of a run hears, in order. */
public sealed interface RunEvent {

  /**
   * The run has a sandbox. First.
   *
   * @param stateLost why the names of its session are gone; empty when nothing is
   */
  record Accepted(
      String policy,
      SandboxId sandbox,
      Placement placement,
      Duration queueTime,
      Duration wallTime,
      Optional<String> stateLost)
      implements RunEvent {}

  /** How the sandbox came. */
  enum Placement {
    WARM,
    COLD,
    SESSION
  }

  /**
   * A piece of output.
   *
   * @param taken to be called once when the piece has left the daemon; gives the sandbox credit
   */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record Output(OutputStreamName stream, byte[] data, Runnable taken) implements RunEvent {}

  /** The program shows something. */
  record Displayed(MimeBundle shown) implements RunEvent {}

  /** The program calls a tool. */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record ToolCalled(String callId, String server, String tool, byte[] arguments)
      implements RunEvent {}

  /**
   * The program calls a tool that the policy wants a person to approve first. Followed by the call
   * when it is approved, by a withdrawal when nobody answers in time.
   *
   * @param rule the rule that asks, as people read it
   * @param patience how long an answer is waited for
   */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record ApprovalAsked(
      String callId, String server, String tool, byte[] arguments, String rule, Duration patience)
      implements RunEvent {}

  /** An answer to this call, or an approval of it, would be dropped. */
  record ToolCallWithdrawn(String callId, String reason) implements RunEvent {}

  /**
   * A piece of the files that the caller wants back; after all output.
   *
   * @param taken to be called once when the piece has left the daemon
   */
  record OfFile(FilePart part, Runnable taken) implements RunEvent {}

  /** The end, with a result. Last. */
  record Finished(RunReport report) implements RunEvent {}

  /** The end, because the request was wrong or we failed. Last. */
  record Failed(SandboxException error) implements RunEvent {}
}
