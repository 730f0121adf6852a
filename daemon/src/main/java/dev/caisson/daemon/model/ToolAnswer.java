package dev.caisson.daemon.model;

/** What a client answers to a tool call. */
public sealed interface ToolAnswer {

  /** A value as JSON text. */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record Value(byte[] json) implements ToolAnswer {}

  /** An MCP CallToolResult as JSON text; the agent makes a Python value of it. */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record McpResult(byte[] json) implements ToolAnswer {}

  /** The call failed. */
  record Failure(Reason reason, String message) implements ToolAnswer {}

  /** Kinds of failure; the names are those that code sees. */
  enum Reason {
    TOOL_ERROR("tool_error"),
    INVALID_ARGUMENTS("invalid_arguments"),
    UNAVAILABLE("unavailable"),
    TIMED_OUT("timed_out"),
    DENIED("denied"),
    /** A limit of the policy: the answer or the arguments were too large. */
    LIMIT("limit");

    private final String wireName;

    Reason(String wireName) {
      this.wireName = wireName;
    }

    /** The name on the channel. */
    public String wireName() {
      return wireName;
    }
  }
}
