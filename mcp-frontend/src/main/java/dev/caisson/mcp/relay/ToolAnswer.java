package dev.caisson.mcp.relay;

/** What came of one tool call. */
public sealed interface ToolAnswer {

  /** True when the call gave a value. */
  boolean ok();

  /** The server's CallToolResult, as JSON. {@code ok} is false when the tool itself said error. */
  record Relayed(String resultJson, boolean ok) implements ToolAnswer {}

  /** The call did not come to a result. */
  record Failed(Reason reason, String message) implements ToolAnswer {
    @Override
    public boolean ok() {
      return false;
    }
  }

  /** Why a call failed; code in the sandbox can tell these apart. */
  enum Reason {
    TOOL_ERROR,
    INVALID_ARGUMENTS,
    UNAVAILABLE,
    TIMED_OUT
  }
}
