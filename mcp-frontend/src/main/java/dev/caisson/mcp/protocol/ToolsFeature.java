package dev.caisson.mcp.protocol;

import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ListToolsResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Tools. They are listed on one page, in the order in which they were given; arguments that do not
 * fit a tool's schema are the tool's answer, for a model to read, and never reach it.
 */
public final class ToolsFeature implements Feature {

  /** They are the same as long as the server runs; its operator may restart it with others. */
  private static final CacheHint LISTED =
      new CacheHint(Duration.ofMinutes(1), CacheHint.Scope.PRIVATE);

  private final ByName<Offering> tools;

  /** Answers the calls of one tool, on the request's own thread. */
  @FunctionalInterface
  public interface ToolHandler {
    CallToolResult call(ClientLink client, CallToolRequest request) throws InterruptedException;
  }

  /** A tool and who answers its calls. */
  public record OfferedTool(Tool definition, ToolHandler handler) {}

  private record Offering(OfferedTool tool, ArgumentCheck check) {

    Offering(OfferedTool tool) {
      this(tool, new ArgumentCheck(tool.definition().inputSchema()));
    }

    String name() {
      return tool.definition().name();
    }
  }

  public ToolsFeature(List<OfferedTool> tools) {
    this.tools = new ByName<>("tool", tools.stream().map(Offering::new).toList(), Offering::name);
  }

  @Override
  public String capability() {
    return "tools";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of("listChanged", false);
  }

  @Override
  public Map<String, Offered> methods() {
    return Map.of(
        "tools/list", Offered.cacheable(LISTED, call -> list()),
        "tools/call", Offered.of(this::call));
  }

  private ListToolsResult list() {
    return ListToolsResult.builder(
            tools.all().stream().map(offering -> offering.tool().definition()).toList())
        .build();
  }

  private CallToolResult call(Call call) throws RequestRefusedException, InterruptedException {
    var name = call.text("name");
    var offering = tools.get(name);
    var arguments = call.object("arguments");
    var fault = offering.check().fault(arguments);
    if (fault.isPresent() && arguments.values().stream().anyMatch(Objects::isNull)) {
      arguments = withoutNulls(arguments);
      fault = offering.check().fault(arguments);
    }
    return fault.isPresent()
        ? misfit(name, fault.get())
        : offering
            .tool()
            .handler()
            .call(call.client(), new CallToolRequest(name, arguments, call.object("_meta")));
  }

  /** Clients send what they leave out as null, which the schema of a text does not allow. */
  private static Map<String, Object> withoutNulls(Map<String, Object> arguments) {
    var kept = new LinkedHashMap<>(arguments);
    kept.values().removeIf(Objects::isNull);
    return kept;
  }

  private static CallToolResult misfit(String tool, String fault) {
    return CallToolResult.builder()
        .addTextContent("The arguments do not fit the tool " + tool + ": " + fault)
        .isError(true)
        .build();
  }
}
