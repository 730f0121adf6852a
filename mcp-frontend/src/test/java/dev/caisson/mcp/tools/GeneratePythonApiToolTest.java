package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class GeneratePythonApiToolTest {

  private final Session client = new Session().greeted();

  @AfterEach
  void close() {
    client.close();
  }

  private JsonNode generate(Map<String, Object> arguments) {
    return client.call("generate_python_api", arguments);
  }

  private static String text(JsonNode result) {
    return result.path("content").path(0).path("text").asString("");
  }

  private static JsonNode structured(JsonNode result) {
    return result.path("structuredContent");
  }

  @Test
  void without_arguments_the_signatures_of_all_servers_are_given() {
    var result = generate(Map.of());

    assertThat(text(result)).isEqualTo("def (): ...\n");
    assertThat(structured(result).path("source").asString()).isEqualTo("def (): ...\n");
    assertThat(structured(result).path("module").asString()).isEqualTo("SIGNATURES of ");
    assertThat(structured(result).path("total").asInt()).isEqualTo(12);
    assertThat(structured(result).has("next_offset")).isFalse();
  }

  @Test
  void a_tool_may_be_named_as_code_calls_it_and_each_style_is_asked_for() {
    for (var style : new String[] {"source", "stub", "reference", "signatures"}) {
      var result = generate(Map.of("tool", "long.get.one", "style", style));
      assertThat(structured(result).path("module").asString()).isEqualTo("long");
    }
    assertThat(structured(generate(Map.of("style", "stub"))).path("module").asString())
        .isEqualTo("STUB of ");
  }

  @Test
  void a_long_text_is_given_in_parts_of_whole_lines_that_join_again() {
    var whole = new StringBuilder();
    var arguments = new HashMap<String, Object>(Map.of("server", "long"));
    var parts = 0;
    while (true) {
      var result = generate(arguments);
      var part = structured(result);
      var source = part.path("source").asString();
      whole.append(source);
      parts++;
      assertThat(source).endsWith("API\n").hasSizeLessThanOrEqualTo(24 * 1024);
      assertThat(part.path("total").asInt()).isEqualTo(46_000);
      if (!part.has("next_offset")) {
        assertThat(text(result)).isEqualTo(source);
        break;
      }
      var next = part.path("next_offset").asInt();
      assertThat(text(result)).endsWith("of 46000; go on with offset " + next + ")");
      arguments.put("offset", next);
    }
    assertThat(parts).isEqualTo(2);
    assertThat(whole.toString()).isEqualTo("a line of the long API\n".repeat(2_000));
  }

  @Test
  void a_line_without_end_is_cut_between_characters() {
    var part = structured(generate(Map.of("server", "wide"))).path("source").asString();

    assertThat(part).isEqualTo("x" + "😀".repeat((24 * 1024 - 1) / 2));
  }

  @Test
  void what_is_wrong_is_said() {
    assertThat(generate(Map.of("server", "nowhere")).path("isError").asBoolean()).isTrue();
    assertThat(text(generate(Map.of("server", "nowhere"))))
        .contains("there is no tool server called \"nowhere\"");
    assertThat(text(generate(Map.of("offset", 13))))
        .isEqualTo("'offset' is 13; the text has 12 characters");
    assertThat(generate(Map.of("style", "java")).path("isError").asBoolean()).isTrue();
    assertThat(text(generate(Map.of("style", "java")))).contains("style", "signatures");
  }
}
