package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.CodeRunner;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.stubs.Catalogue;
import dev.caisson.mcp.upstream.UpstreamServers;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tool {@code search_tools}: which functions the code in a run can call. */
final class SearchToolsTool {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int LONGEST = 48 * 1024;

  private final CodeRunner runner;
  private final UpstreamServers upstream;
  private final String policy;

  /** Tools that the policy denies are not found; the empty policy is the daemon's default. */
  SearchToolsTool(CodeRunner runner, UpstreamServers upstream, String policy) {
    this.runner = runner;
    this.upstream = upstream;
    this.policy = policy;
  }

  /** How much to say of each tool. */
  private enum Detail {
    NAMES,
    SIGNATURES,
    FULL
  }

  McpSchema.Tool definition() {
    var servers =
        upstream.names().isEmpty()
            ? "No MCP server is configured, so there is nothing to find."
            : "Servers: " + String.join(", ", upstream.names()) + ".";
    return McpSchema.Tool.builder("search_tools", Schemas.searchToolsInput())
        .title("Search tools")
        .description(
            "Finds functions that a program in run_code can call, by words of their names and"
                + " descriptions. "
                + servers)
        .outputSchema(Schemas.searchToolsOutput())
        .annotations(
            McpSchema.ToolAnnotations.builder()
                .title("Search tools")
                .readOnlyHint(true)
                .destructiveHint(false)
                .idempotentHint(true)
                .openWorldHint(false)
                .build())
        .build();
  }

  CallToolResult call(CallToolRequest request) {
    var arguments = request.arguments();
    var query = arguments.get("query") instanceof String words ? words : "";
    var limit = arguments.get("limit") instanceof Number number ? number.intValue() : 10;
    var detail =
        arguments.get("detail") instanceof String name
            ? Detail.valueOf(name.toUpperCase(java.util.Locale.ROOT))
            : Detail.SIGNATURES;
    try {
      var snapshot = upstream.snapshot(PATIENCE);
      var found = runner.search(snapshot.catalogue(), policy, query, limit);
      return result(found, detail, snapshot);
    } catch (RefusedException refusal) {
      return error(refusal.explanation());
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      return error("the request was cancelled");
    }
  }

  private static CallToolResult error(String why) {
    return CallToolResult.builder()
        .addTextContent(why)
        .structuredContent(Map.of("tools", List.of()))
        .isError(true)
        .build();
  }

  private CallToolResult result(
      CodeRunner.Found found, Detail detail, UpstreamServers.Snapshot snapshot)
      throws RefusedException, InterruptedException {
    var lines = new ArrayList<String>();
    var tools = new ArrayList<Map<String, Object>>();
    var room = LONGEST;
    for (var match : found.matches()) {
      var source = detail == Detail.FULL && room > 0 ? source(snapshot.catalogue(), match) : "";
      room -= source.length();
      tools.add(entry(match, detail, source));
      lines.add(line(match, detail, source));
    }
    if (found.total() > found.matches().size()) {
      lines.add("(%d of %d)".formatted(found.matches().size(), found.total()));
    }
    if (found.matches().isEmpty()) {
      lines.add("No tool matches. An empty query lists all of them.");
    }
    snapshot
        .troubles()
        .forEach((server, why) -> lines.add("note: MCP server '" + server + "': " + why));
    var structured = new LinkedHashMap<String, Object>();
    structured.put("total", found.total());
    structured.put("tools", tools);
    if (!snapshot.troubles().isEmpty()) {
      structured.put("unavailable_servers", snapshot.troubles());
    }
    return CallToolResult.builder()
        .addTextContent(String.join("\n", lines))
        .structuredContent(structured)
        .isError(false)
        .build();
  }

  private String source(Catalogue catalogue, CodeRunner.Match match)
      throws RefusedException, InterruptedException {
    return runner
        .render(catalogue, policy, match.server(), match.tool(), CodeRunner.ApiStyle.REFERENCE)
        .text();
  }

  private static Map<String, Object> entry(CodeRunner.Match match, Detail detail, String source) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("name", match.pythonName());
    if (detail != Detail.NAMES) {
      entry.put("server", match.server());
      entry.put("tool", match.tool());
      entry.put("signature", match.signature());
      entry.put("summary", match.summary());
    }
    if (!source.isEmpty()) {
      entry.put("source", source);
    }
    return entry;
  }

  private static String line(CodeRunner.Match match, Detail detail, String source) {
    return switch (detail) {
      case NAMES -> match.pythonName();
      case SIGNATURES -> signature(match);
      case FULL ->
          source.isEmpty()
              ? signature(match) + "\n  (no room for more; search for it alone)"
              : source.stripTrailing();
    };
  }

  private static String signature(CodeRunner.Match match) {
    var line = match.pythonName() + "\n  " + match.signature();
    return match.summary().isEmpty() ? line : line + "\n  " + match.summary();
  }
}
