package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import dev.caisson.mcp.upstream.Scripted;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The guide as a resource and as a prompt, and what its arguments may go on with. */
final class GuideTest {

  private Session client = new Session();

  @AfterEach
  void close() {
    client.close();
  }

  private void serversCalled(String... names) {
    client.close();
    client =
        new Session(
            List.of(names).stream()
                .map(name -> Scripted.server(name))
                .toArray(dev.caisson.mcp.upstream.ServerDefinition[]::new));
    client.greeted();
  }

  private String resource() {
    return client
        .ask("resources/read", Map.of("uri", "caisson://guide"))
        .path("result")
        .path("contents")
        .path(0)
        .path("text")
        .asString();
  }

  private JsonNode prompt(Map<String, String> arguments) {
    return client.ask("prompts/get", Map.of("name", "write_program", "arguments", arguments));
  }

  private static String text(JsonNode prompt) {
    return prompt.path("result").path("messages").path(0).path("content").path("text").asString();
  }

  private static String refusal(JsonNode answer) {
    assertThat(answer.path("error").path("code").asInt()).isEqualTo(-32602);
    return answer.path("error").path("message").asString();
  }

  private JsonNode completion(String kind, String of, String argument, String begun) {
    return client.ask(
        "completion/complete",
        Map.of(
            "ref", Map.of("type", "ref/" + kind, kind.equals("prompt") ? "name" : "uri", of),
            "argument", Map.of("name", argument, "value", begun),
            "context", Map.of("arguments", Map.of("session", "work"))));
  }

  private List<String> values(JsonNode answer) {
    return answer
        .path("result")
        .path("completion")
        .path("values")
        .valueStream()
        .map(JsonNode::asString)
        .toList();
  }

  @Test
  void the_guide_is_the_first_resource() {
    client.greeted();

    var listed = client.ask("resources/list", Map.of()).path("result").path("resources");
    assertThat(listed.path(0).path("uri").asString()).isEqualTo("caisson://guide");
    assertThat(listed.path(0).path("mimeType").asString()).isEqualTo("text/markdown");
    assertThat(resource())
        .startsWith("# Programs for Caisson")
        .endsWith("\nNo MCP server is configured, so there are no functions of tools.\n");
  }

  @Test
  void it_has_the_functions_of_all_servers() {
    serversCalled("a", "b");

    assertThat(resource())
        .containsSubsequence("## Functions", "```python\ndef (): ...\n```", "def (): ...\n```");
  }

  @Test
  void servers_whose_functions_do_not_fit_are_named() {
    serversCalled("a", "long", "b");

    assertThat(resource())
        .doesNotContain("a line of the long API")
        .endsWith("not listed here; find them with `search_tools`: `long` \n");
    assertThat(text(prompt(Map.of("tokens", "100000")))).contains("a line of the long API");
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 4_000, 20_000})
  void it_has_no_more_tokens_than_it_may(int tokens) {
    serversCalled("long", "wide", "c".repeat(60), "d".repeat(60));

    var text = text(prompt(Map.of("tokens", "" + tokens)));
    var encodings = Encodings.newLazyEncodingRegistry();
    for (var kind : List.of(EncodingType.CL100K_BASE, EncodingType.O200K_BASE)) {
      assertThat(encodings.getEncoding(kind).countTokens(text)).isLessThanOrEqualTo(tokens);
    }
    assertThat(text).contains("- A run that takes longer than a call may last goes on");
  }

  @Test
  void the_prompt_ends_with_the_task_and_has_the_servers_that_it_is_asked_for() {
    serversCalled("a", "long");

    assertThat(text(prompt(Map.of("task", "Count to ten.", "servers", " a ,"))))
        .contains("def (): ...")
        .doesNotContain("`long`")
        .endsWith("\n## Task\n\nCount to ten.\n");
  }

  @Test
  void wrong_arguments_of_the_prompt_are_told() {
    serversCalled("a");

    assertThat(refusal(prompt(Map.of("servers", "a,nobody"))))
        .isEqualTo("there is no MCP server 'nobody'; there are a");
    for (var wrong : List.of("999", "100001", "many", "-1", "99999999999")) {
      assertThat(refusal(prompt(Map.of("tokens", wrong))))
          .isEqualTo("'tokens' has to be a whole number from 1000 to 100000");
    }
  }

  @Test
  void names_of_servers_are_completed_in_their_list() {
    serversCalled("weather", "web", "files");

    assertThat(values(completion("prompt", "write_program", "servers", "we")))
        .containsExactly("weather", "web");
    assertThat(values(completion("prompt", "write_program", "servers", "files, wea")))
        .containsExactly("files, weather");
    assertThat(values(completion("prompt", "write_program", "task", "x"))).isEmpty();
    assertThat(refusal(completion("prompt", "nothing", "servers", "x")))
        .isEqualTo("there is nothing else to complete for than write_program");
  }

  @Test
  void sessions_and_their_files_are_completed_in_an_address() throws Exception {
    client.greeted();
    client.call("sessions", Map.of("action", "create", "name", "work"));
    client.host.write("session-1", "out/a.csv", new byte[1]);
    client.host.write("session-1", "other.txt", new byte[1]);
    var template = "caisson://session/{session}/{+path}";

    assertThat(values(completion("resource", template, "session", "wo"))).containsExactly("work");
    assertThat(values(completion("resource", template, "path", "o")))
        .containsExactlyInAnyOrder("out/", "other.txt");
    assertThat(values(completion("resource", template, "path", "out/")))
        .containsExactly("out/a.csv");
    assertThat(values(completion("resource", template, "path", "none/"))).isEmpty();
  }
}
