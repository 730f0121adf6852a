package dev.caisson.mcp.tools;

import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.PromptsFeature.OfferedPrompt;
import dev.caisson.mcp.protocol.RequestRefusedException;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.upstream.UpstreamServers;
import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.PromptArgument;
import io.modelcontextprotocol.spec.McpSchema.PromptMessage;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The prompt {@code write_program}: the guide, and what is to be done. */
record GuidePrompt(Guide guide, UpstreamServers upstream) {

  static final String NAME = "write_program";
  static final String SERVERS = "servers";

  private static final String TASK = "task";
  private static final String TOKENS = "tokens";

  OfferedPrompt offered() {
    return new OfferedPrompt(
        Prompt.builder(NAME)
            .title("Write a program")
            .description(
                "How to write programs for run_code, and the functions that they can call.")
            .arguments(
                List.of(
                    argument(TASK, "What the program is to do."),
                    argument(
                        SERVERS, "Servers whose functions are listed, with commas; all if none."),
                    argument(
                        TOKENS,
                        "How long the text may be, %d to %d tokens; %d if not given."
                            .formatted(Guide.FEWEST_TOKENS, Guide.MOST_TOKENS, Guide.TOKENS))))
            .build(),
        (client, arguments) -> answer(arguments));
  }

  private static PromptArgument argument(String name, String description) {
    return PromptArgument.builder(name).description(description).required(false).build();
  }

  private GetPromptResult answer(Map<String, String> arguments)
      throws RequestRefusedException, InterruptedException {
    var text = new StringBuilder();
    try {
      text.append(guide.text(tokens(arguments), servers(arguments)));
    } catch (RefusedException refusal) {
      throw FileResources.refused(refusal);
    }
    var task = arguments.getOrDefault(TASK, "").strip();
    if (!task.isEmpty()) {
      text.append("\n## Task\n\n").append(task).append('\n');
    }
    return GetPromptResult.builder(
            List.of(
                PromptMessage.builder(Role.USER, TextContent.builder(text.toString()).build())
                    .build()))
        .description("How to write programs for run_code")
        .build();
  }

  private static int tokens(Map<String, String> arguments) throws RequestRefusedException {
    var given = arguments.getOrDefault(TOKENS, "").strip();
    if (given.isEmpty()) {
      return Guide.TOKENS;
    }
    if (given.matches("\\d{1,9}")) {
      var tokens = Integer.parseInt(given);
      if (tokens >= Guide.FEWEST_TOKENS && tokens <= Guide.MOST_TOKENS) {
        return tokens;
      }
    }
    throw new RequestRefusedException(
        ErrorCodes.INVALID_PARAMS,
        "'tokens' has to be a whole number from %d to %d"
            .formatted(Guide.FEWEST_TOKENS, Guide.MOST_TOKENS));
  }

  private List<String> servers(Map<String, String> arguments) throws RequestRefusedException {
    var wanted =
        Arrays.stream(arguments.getOrDefault(SERVERS, "").split(",", -1))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    for (var name : wanted) {
      if (!upstream.names().contains(name)) {
        throw new RequestRefusedException(
            ErrorCodes.INVALID_PARAMS,
            "there is no MCP server '%s'; %s"
                .formatted(
                    name.length() > 100 ? name.substring(0, 100) + "…" : name,
                    upstream.names().isEmpty()
                        ? "none is configured"
                        : "there are " + String.join(", ", upstream.names())));
      }
    }
    return wanted;
  }
}
