package dev.caisson.mcp.relay;

/**
 * Answers the tool calls of a run. Called on a thread of its own for each call, many at once.
 * Interrupting that thread withdraws the call: nobody waits for the answer any more.
 */
@FunctionalInterface
public interface ToolRelay {

  /** Calls one tool. {@code argumentsJson} was written by code nobody trusts: it is data. */
  ToolAnswer call(String server, String tool, String argumentsJson) throws InterruptedException;
}
