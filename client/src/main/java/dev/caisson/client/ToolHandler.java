package dev.caisson.client;

/** Answers tool calls. */
@FunctionalInterface
public interface ToolHandler {

  /**
   * Answers one call. Runs on a virtual thread of its own, so it may block, and as many run at once
   * as the policy allows in flight. The thread is interrupted when the answer is no longer wanted:
   * the run ended, or the program gave the call up.
   *
   * @throws Exception whatever goes wrong: the program sees a {@code ToolError} with the
   *     exception's message, so let nothing secret stand in it
   */
  ToolAnswer call(ToolCall call) throws Exception;
}
