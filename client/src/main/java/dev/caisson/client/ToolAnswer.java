package dev.caisson.client;

/** What a tool gives back to the program. */
public sealed interface ToolAnswer {

  /** A JSON text: the program gets it as a Python value. */
  record Value(String json) implements ToolAnswer {}

  /** An MCP {@code CallToolResult} as JSON; the sandbox makes a Python value of its content. */
  record McpResult(String json) implements ToolAnswer {}

  /** The call failed: the program sees a {@code ToolError} with this message. */
  record Failure(FailureReason reason, String message) implements ToolAnswer {}

  /** What kind of failure, for code that wants to tell them apart. */
  enum FailureReason {
    /** The tool itself reported an error. */
    TOOL_ERROR,
    /** The arguments were refused: the program sees a {@code ToolArgumentError}. */
    INVALID_ARGUMENTS,
    /** What has the tool could not be reached. */
    UNAVAILABLE,
    /** The tool did not answer in time. */
    TIMED_OUT,
    /** A policy or a person refused the call. */
    DENIED
  }

  static ToolAnswer json(String json) {
    return new Value(json);
  }

  static ToolAnswer mcpResult(String json) {
    return new McpResult(json);
  }

  static ToolAnswer failure(FailureReason reason, String message) {
    return new Failure(reason, message);
  }
}
