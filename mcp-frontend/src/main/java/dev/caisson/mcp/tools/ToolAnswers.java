package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.RefusedException;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.util.Map;

/** The answers of tools to what cannot be done: the cause, for a model to read. */
final class ToolAnswers {

  private ToolAnswers() {}

  /** Gives a tool's answer. */
  @FunctionalInterface
  interface Work {
    CallToolResult answer() throws RefusedException, InterruptedException;
  }

  /** The answer, or the failure as one. */
  static CallToolResult of(Work work) {
    try {
      return work.answer();
    } catch (IllegalArgumentException wrong) {
      return failed(String.valueOf(wrong.getMessage()));
    } catch (RefusedException refusal) {
      return failed(refusal.explanation());
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      return failed("the request was cancelled");
    }
  }

  static CallToolResult failed(String why) {
    return CallToolResult.builder()
        .addTextContent(why)
        .structuredContent(Map.of("message", why))
        .isError(true)
        .build();
  }
}
