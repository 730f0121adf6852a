package dev.caisson.mcp.protocol;

import static dev.caisson.mcp.protocol.Tools.said;
import static dev.caisson.mcp.protocol.Tools.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.caisson.mcp.protocol.PromptsFeature.OfferedPrompt;
import dev.caisson.mcp.protocol.ToolsFeature.OfferedTool;
import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.PromptArgument;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Each kind of thing that a server can offer. */
final class FeaturesTest {

  private static final Map<String, Object> SCHEMA =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of(
              "name", Map.of("type", "string"),
              "maybe", Map.of("type", List.of("null", "integer"))),
          "required",
          List.of("name"),
          "additionalProperties",
          false);

  private final TestClient tools =
      new TestClient(Tools.of("greet", SCHEMA, (link, call) -> said(call.arguments()))).greeted();

  private static String message(JsonNode answer) {
    assertThat(answer.path("error").path("code").asInt()).isEqualTo(-32602);
    return answer.path("error").path("message").asString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"name\":\"x\"}                     | {name=x}",
        "{\"name\":\"x\",\"other\":null}      | {name=x}",
        "{\"name\":\"x\",\"maybe\":null}      | {name=x, maybe=null}",
        "{\"name\":\"x\",\"maybe\":3}         | {name=x, maybe=3}",
      })
  void arguments_that_fit_reach_the_tool_and_nulls_where_it_takes_them(String given, String got) {
    assertThat(
            text(tools.ask("tools/call", "{\"name\":\"greet\",\"arguments\":%s}".formatted(given))))
        .isEqualTo(got);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{}              | required property 'name' not found",
        "{\"name\":null} | required property 'name' not found",
        "{\"name\":5}    | 'name': integer found, string expected",
      })
  void arguments_that_do_not_fit_are_told_and_never_reach_the_tool(String given, String fault) {
    var answer = tools.ask("tools/call", "{\"name\":\"greet\",\"arguments\":%s}".formatted(given));

    assertThat(answer.path("result").path("isError").asBoolean()).isTrue();
    assertThat(text(answer)).isEqualTo("The arguments do not fit the tool greet: " + fault);
  }

  @Test
  void a_call_without_arguments_is_one_with_none() {
    assertThat(text(tools.ask("tools/call", "{\"name\":\"greet\"}")))
        .endsWith("required property 'name' not found");
    assertThat(text(tools.ask("tools/call", "{\"name\":\"greet\",\"arguments\":null}")))
        .endsWith("required property 'name' not found");
  }

  @Test
  void of_many_faults_the_first_are_told() {
    var answer =
        tools.ask(
            "tools/call",
            "{\"name\":\"greet\",\"arguments\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1}}");

    assertThat(List.of(text(answer).split("; ", -1))).hasSize(6).last().isEqualTo("and 2 more");
  }

  @Test
  void a_call_that_is_none_is_refused_with_what_is_allowed() {
    assertThat(message(tools.ask("tools/call", "{\"name\":\"other\"}")))
        .isEqualTo("Unknown tool: other; the tools are greet");
    assertThat(message(tools.ask("tools/call", "{\"name\":\"%s\"}".formatted("x".repeat(1_000)))))
        .hasSizeLessThan(200);
    assertThat(message(tools.ask("tools/call", "{}"))).isEqualTo("'name' is missing or no text");
    assertThat(message(tools.ask("tools/call", "{\"name\":\"greet\",\"arguments\":[1]}")))
        .isEqualTo("'arguments' is not an object");
  }

  @Test
  void two_tools_or_prompts_of_one_name_are_a_mistake() {
    var tool =
        new OfferedTool(Tool.builder("t", Map.of("type", "object")).build(), (l, c) -> said(1));
    var prompt = new OfferedPrompt(Prompt.builder("p").build(), (link, arguments) -> prompted("x"));

    assertThatIllegalArgumentException().isThrownBy(() -> new ToolsFeature(List.of(tool, tool)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PromptsFeature(List.of(prompt, prompt)));
  }

  private static GetPromptResult prompted(String description) {
    return new GetPromptResult(description, List.of());
  }

  @Test
  void prompts_are_listed_and_written_with_their_arguments() {
    var definition =
        Prompt.builder("teach")
            .description("how")
            .arguments(
                List.of(
                    PromptArgument.builder("who").required(true).build(),
                    PromptArgument.builder("how").required(false).build()))
            .build();
    var client =
        new TestClient(
                new PromptsFeature(
                    List.of(
                        new OfferedPrompt(
                            definition, (link, arguments) -> prompted("" + arguments)))))
            .greeted();

    var listed = client.ask("prompts/list", "{}").path("result").path("prompts");
    assertThat(listed).extracting(p -> p.path("name").asString()).containsExactly("teach");
    assertThat(
            client
                .ask("prompts/get", "{\"name\":\"teach\",\"arguments\":{\"who\":\"me\"}}")
                .path("result")
                .path("description")
                .asString())
        .isEqualTo("{who=me}");
    assertThat(message(client.ask("prompts/get", "{\"name\":\"teach\"}")))
        .isEqualTo("the prompt teach needs the argument 'who'");
    assertThat(message(client.ask("prompts/get", "{\"name\":\"teach\",\"arguments\":{\"who\":5}}")))
        .isEqualTo("the argument 'who' is no text");
    assertThat(message(client.ask("prompts/get", "{\"name\":\"learn\"}")))
        .isEqualTo("Unknown prompt: learn; the prompts are teach");
  }

  private static JsonNode completed(CompletionsFeature.Completer completer, String ref) {
    return new TestClient(new CompletionsFeature(completer))
        .greeted()
        .ask(
            "completion/complete",
            "{\"ref\":%s,\"argument\":{\"name\":\"who\",\"value\":\"m\"},\"context\":{\"arguments\":{\"how\":\"so\"}}}"
                .formatted(ref));
  }

  @Test
  void completions_are_asked_for_by_what_is_being_typed() {
    assertThat(
            completed(
                    asked -> List.of(asked.toString()), "{\"type\":\"ref/prompt\",\"name\":\"p\"}")
                .path("result")
                .path("completion")
                .path("values")
                .path(0)
                .asString())
        .isEqualTo("Completion[kind=PROMPT, of=p, argument=who, begun=m, others={how=so}]");
    assertThat(
            completed(asked -> List.of(asked.of()), "{\"type\":\"ref/resource\",\"uri\":\"a{b}\"}")
                .path("result")
                .path("completion")
                .path("values")
                .path(0)
                .asString())
        .isEqualTo("a{b}");
    assertThat(message(completed(asked -> List.of(), "{\"type\":\"ref/other\"}")))
        .isEqualTo("'ref.type' has to be \"ref/prompt\" or \"ref/resource\"");
    assertThat(message(completed(asked -> List.of(), "{\"type\":\"ref/prompt\"}")))
        .isEqualTo("'ref.name' is missing or no text");
  }

  @Test
  void of_many_completions_as_many_as_the_protocol_allows_are_sent() {
    var completion =
        completed(
                asked -> Collections.nCopies(101, "x"), "{\"type\":\"ref/prompt\",\"name\":\"p\"}")
            .path("result")
            .path("completion");

    assertThat(completion.path("values")).hasSize(100);
    assertThat(completion.path("total").asInt()).isEqualTo(101);
    assertThat(completion.path("hasMore").asBoolean()).isTrue();
  }
}
