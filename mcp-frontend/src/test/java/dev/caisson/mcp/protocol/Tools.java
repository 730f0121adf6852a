package dev.caisson.mcp.protocol;

import dev.caisson.mcp.protocol.ToolsFeature.OfferedTool;
import dev.caisson.mcp.protocol.ToolsFeature.ToolHandler;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Tools for tests. */
final class Tools {

  private Tools() {}

  /** One tool of this name that takes anything. */
  static ToolsFeature of(String name, ToolHandler handler) {
    return of(name, Map.of("type", "object"), handler);
  }

  static ToolsFeature of(String name, Map<String, Object> schema, ToolHandler handler) {
    return new ToolsFeature(List.of(new OfferedTool(Tool.builder(name, schema).build(), handler)));
  }

  static CallToolResult said(@Nullable Object what) {
    return CallToolResult.builder().addTextContent(String.valueOf(what)).isError(false).build();
  }

  /** What such an answer says. */
  static String text(JsonNode answer) {
    return answer.path("result").path("content").path(0).path("text").asString("");
  }
}
