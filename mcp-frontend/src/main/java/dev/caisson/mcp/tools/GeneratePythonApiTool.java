package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.CodeRunner;
import dev.caisson.mcp.relay.CodeRunner.ApiStyle;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.upstream.UpstreamServers;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.time.Duration;
import java.util.LinkedHashMap;

/**
 * The tool {@code generate_python_api}: the functions that code in a run can call, as Python. Gives
 * as much as a model can be expected to read at once, and says where to go on.
 */
final class GeneratePythonApiTool {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Characters of one answer, some 6,000 tokens. */
  private static final int LONGEST = 24 * 1024;

  private final CodeRunner runner;
  private final UpstreamServers upstream;
  private final String policy;

  /** Tools that the policy denies are left out; the empty policy is the daemon's default. */
  GeneratePythonApiTool(CodeRunner runner, UpstreamServers upstream, String policy) {
    this.runner = runner;
    this.upstream = upstream;
    this.policy = policy;
  }

  McpSchema.Tool definition() {
    return McpSchema.Tool.builder("generate_python_api", Schemas.generateApiInput())
        .title("Generate Python API")
        .description(
            "The functions that a program can call, of one server, one tool or all: signatures and"
                + " types to read, or a typed module to save.")
        .outputSchema(Schemas.generateApiOutput())
        .annotations(
            McpSchema.ToolAnnotations.builder()
                .title("Generate Python API")
                .readOnlyHint(true)
                .destructiveHint(false)
                .idempotentHint(true)
                .openWorldHint(false)
                .build())
        .build();
  }

  CallToolResult call(CallToolRequest request) {
    return ToolAnswers.of(() -> {
      var arguments = Arguments.of(request.arguments());
      var style =
          arguments.text("style").isEmpty()
              ? ApiStyle.SIGNATURES
              : arguments.choice("style", ApiStyle.class);
      var offset = arguments.number("offset", 0, Integer.MAX_VALUE, 0);
      return answer(
          Wanted.of(arguments.text("server"), arguments.text("tool")), style, (int) offset);
    });
  }

  /** Which server and tool are meant. */
  private record Wanted(String server, String tool) {

    /** Code calls a tool by both names at once, and so may who asks about it. */
    static Wanted of(String server, String tool) {
      var dot = tool.indexOf('.');
      return server.isEmpty() && dot > 0
          ? new Wanted(tool.substring(0, dot), tool.substring(dot + 1))
          : new Wanted(server, tool);
    }
  }

  private CallToolResult answer(Wanted wanted, ApiStyle style, int offset)
      throws RefusedException, InterruptedException {
    var snapshot = upstream.snapshot(PATIENCE);
    var rendered =
        runner.render(snapshot.catalogue(), policy, wanted.server(), wanted.tool(), style);
    var part = Part.of(rendered.text(), offset);
    var text = new StringBuilder(part.text());
    if (part.end() < rendered.text().length()) {
      text.append(
          "\n(characters %d to %d of %d; go on with offset %d)"
              .formatted(offset, part.end(), rendered.text().length(), part.end()));
    }
    snapshot
        .troubles()
        .forEach(
            (server, why) -> text.append("\nnote: MCP server '%s': %s".formatted(server, why)));
    var structured = new LinkedHashMap<String, Object>();
    structured.put("source", part.text());
    structured.put("module", rendered.module());
    structured.put("total", rendered.text().length());
    if (part.end() < rendered.text().length()) {
      structured.put("next_offset", part.end());
    }
    if (!snapshot.troubles().isEmpty()) {
      structured.put("unavailable_servers", snapshot.troubles());
    }
    return CallToolResult.builder()
        .addTextContent(text.toString())
        .structuredContent(structured)
        .isError(false)
        .build();
  }

  /** What is given of a text: whole lines, if one ends within the bound. */
  private record Part(String text, int end) {

    static Part of(String text, int offset) {
      if (offset > text.length()) {
        throw new IllegalArgumentException(
            "'offset' is %d; the text has %d characters".formatted(offset, text.length()));
      }
      var end = Math.min(text.length(), offset + LONGEST);
      if (end < text.length()) {
        var line = text.lastIndexOf('\n', end - 1) + 1;
        if (line > offset) {
          end = line;
        } else if (Character.isHighSurrogate(text.charAt(end - 1))) {
          end--;
        }
      }
      return new Part(text.substring(offset, end), end);
    }
  }
}
