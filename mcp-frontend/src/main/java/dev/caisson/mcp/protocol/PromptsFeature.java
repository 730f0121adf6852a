package dev.caisson.mcp.protocol;

import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.ListPromptsResult;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.PromptArgument;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Prompts, listed on one page in the order in which they were given. */
public final class PromptsFeature implements Feature {

  private static final CacheHint LISTED =
      new CacheHint(Duration.ofMinutes(1), CacheHint.Scope.PRIVATE);

  private final ByName<OfferedPrompt> prompts;

  /** Writes the messages of one prompt, on the request's own thread. */
  @FunctionalInterface
  public interface PromptHandler {

    /**
     * The messages.
     *
     * @param arguments all that the prompt requires are there
     */
    GetPromptResult get(ClientLink client, Map<String, String> arguments)
        throws RequestRefusedException, InterruptedException;
  }

  /** A prompt and who writes it. */
  public record OfferedPrompt(Prompt definition, PromptHandler handler) {}

  public PromptsFeature(List<OfferedPrompt> prompts) {
    this.prompts = new ByName<>("prompt", prompts, prompt -> prompt.definition().name());
  }

  @Override
  public String capability() {
    return "prompts";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of("listChanged", false);
  }

  @Override
  public Map<String, Offered> methods() {
    return Map.of(
        "prompts/list", Offered.cacheable(LISTED, call -> list()),
        "prompts/get", Offered.of(this::get));
  }

  private ListPromptsResult list() {
    return ListPromptsResult.builder(prompts.all().stream().map(OfferedPrompt::definition).toList())
        .build();
  }

  private GetPromptResult get(Call call) throws RequestRefusedException, InterruptedException {
    var prompt = prompts.get(call.text("name"));
    var arguments = new LinkedHashMap<String, String>();
    for (var argument : call.object("arguments").entrySet()) {
      if (!(argument.getValue() instanceof String text)) {
        throw new RequestRefusedException(
            ErrorCodes.INVALID_PARAMS, "the argument '" + argument.getKey() + "' is no text");
      }
      arguments.put(argument.getKey(), text);
    }
    requireAll(prompt.definition(), arguments);
    return prompt.handler().get(call.client(), arguments);
  }

  private static void requireAll(Prompt prompt, Map<String, String> given)
      throws RequestRefusedException {
    List<PromptArgument> known = prompt.arguments() == null ? List.of() : prompt.arguments();
    for (var argument : known) {
      if (Boolean.TRUE.equals(argument.required()) && !given.containsKey(argument.name())) {
        throw new RequestRefusedException(
            ErrorCodes.INVALID_PARAMS,
            "the prompt " + prompt.name() + " needs the argument '" + argument.name() + "'");
      }
    }
  }
}
