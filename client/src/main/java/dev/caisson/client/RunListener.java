package dev.caisson.client;

import dev.caisson.v1.RunFilePart;

/**
 * Hears what happens in a run. {@link #onAccepted}, {@link #onOutput}, {@link #onDisplay} and
 * {@link #onFile} are called by one thread, in the order of the events: the caller's of {@link
 * CaissonClient#run}, a virtual thread of the run's own with {@link CaissonClient#start}. A slow
 * method slows the program down and nothing is piled up meanwhile. An exception out of one of them
 * cancels the run and comes out of {@code run} or {@link RunHandle#await}.
 */
public interface RunListener {

  /** The run has a sandbox. Once, before all else. */
  default void onAccepted(Acceptance acceptance) {}

  /**
   * The program wrote. Bytes, not text: a character may be split between two pieces ({@link
   * Utf8Pieces} joins them).
   */
  default void onOutput(OutputStreamName stream, byte[] bytes) {}

  /** The program shows something: {@code display()}, a plot. */
  default void onDisplay(MimeBundle shown) {}

  /**
   * A piece of the files that {@link RunOptions#outputs} asked for: an entry, its data, its end.
   * After all output.
   */
  default void onFile(RunFilePart part) {}

  /** The program calls a tool; see {@link ToolHandler#call} for the threads and the rules. */
  default ToolAnswer onToolCall(ToolCall call) throws Exception {
    return ToolAnswer.failure(
        ToolAnswer.FailureReason.UNAVAILABLE, "nobody answers tool calls in this run");
  }

  /**
   * The program calls a tool that the policy wants a person to approve; only with {@link
   * RunOptions#withApprovals}. Runs on a virtual thread of its own, so it may wait for the person,
   * and as many run at once as the policy allows calls in flight. The thread is interrupted when
   * nobody wants the answer any more. What is not an approval is a refusal, an exception too.
   */
  default ApprovalAnswer onApproval(ApprovalRequest request) throws Exception {
    return ApprovalAnswer.deny("nobody answers for approvals in this run");
  }

  /** A listener that ignores everything, for a caller who wants the result alone. */
  static RunListener silent() {
    return new RunListener() {};
  }

  /** A listener that ignores the output and answers tool calls. */
  static RunListener answering(ToolHandler handler) {
    return new RunListener() {
      @Override
      public ToolAnswer onToolCall(ToolCall call) throws Exception {
        return handler.call(call);
      }
    };
  }
}
