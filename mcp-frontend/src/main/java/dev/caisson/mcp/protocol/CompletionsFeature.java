package dev.caisson.mcp.protocol;

import java.util.List;
import java.util.Map;

/** Completions of the arguments of prompts and of resource templates, while they are typed. */
public final class CompletionsFeature implements Feature {

  /** As many as the protocol allows in an answer. */
  public static final int MOST_VALUES = 100;

  private final Completer completer;

  /** Finds values. Any thread. */
  @FunctionalInterface
  public interface Completer {

    /** The values that fit, best first; only the first {@link #MOST_VALUES} are sent. */
    List<String> complete(Completion asked) throws RequestRefusedException, InterruptedException;
  }

  /**
   * What is being typed.
   *
   * @param of which prompt (its name) or template (its form of addresses)
   * @param argument its name
   * @param begun what is there of it
   * @param others arguments that are known already
   */
  public record Completion(
      Kind kind, String of, String argument, String begun, Map<String, Object> others) {

    /** What the argument belongs to. */
    public enum Kind {
      PROMPT,
      TEMPLATE
    }
  }

  public CompletionsFeature(Completer completer) {
    this.completer = completer;
  }

  @Override
  public String capability() {
    return "completions";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of();
  }

  @Override
  public Map<String, Offered> methods() {
    return Map.of("completion/complete", Offered.of(this::complete));
  }

  private Object complete(Call call) throws RequestRefusedException, InterruptedException {
    var values = completer.complete(asked(call));
    var shown = values.stream().limit(MOST_VALUES).toList();
    return Map.of(
        "completion",
        Map.of("values", shown, "total", values.size(), "hasMore", values.size() > shown.size()));
  }

  private static Completion asked(Call call) throws RequestRefusedException {
    var reference = call.object("ref");
    var argument = call.object("argument");
    var others = Json.object(call.object("context").get("arguments"));
    var kind =
        switch (text(reference, "ref", "type")) {
          case "ref/prompt" -> Completion.Kind.PROMPT;
          case "ref/resource" -> Completion.Kind.TEMPLATE;
          default ->
              throw new RequestRefusedException(
                  ErrorCodes.INVALID_PARAMS,
                  "'ref.type' has to be \"ref/prompt\" or \"ref/resource\"");
        };
    return new Completion(
        kind,
        text(reference, "ref", kind == Completion.Kind.PROMPT ? "name" : "uri"),
        text(argument, "argument", "name"),
        text(argument, "argument", "value"),
        others);
  }

  private static String text(Map<String, Object> object, String name, String member)
      throws RequestRefusedException {
    if (object.get(member) instanceof String text) {
      return text;
    }
    throw new RequestRefusedException(
        ErrorCodes.INVALID_PARAMS, "'" + name + "." + member + "' is missing or no text");
  }
}
