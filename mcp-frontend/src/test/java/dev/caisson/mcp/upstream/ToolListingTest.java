package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.stubs.Catalogue.Annotations;
import dev.caisson.mcp.stubs.Catalogue.ToolSignature;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ToolListingTest {

  private static List<ToolSignature> listed(String tools) throws Exception {
    var server = new AnsweringWire("{\"tools\": " + tools + "}");
    try (var conversation = new Conversation("a", server, new AnsweringWire.Silent())) {
      var greeting =
          new Handshake(conversation, Handshake.PATIENCE)
              .greet(Approach.GREET, Duration.ofSeconds(30));
      assertThat(greeting.hasTools()).isTrue();
      return new ToolListing(conversation, "a").all(Duration.ofSeconds(30)).tools();
    }
  }

  @Test
  void a_tool_is_kept_with_all_that_it_says_of_itself() throws Exception {
    assertThat(
            listed(
                """
                [{"name": "t", "title": "T", "description": "d", "inputSchema": {"a": 1e400},
                  "outputSchema": { },
                  "annotations": {"title": "Tee", "readOnlyHint": true, "destructiveHint": false,
                                  "idempotentHint": true, "openWorldHint": false}}]
                """))
        .containsExactly(
            new ToolSignature(
                "t",
                "T",
                "d",
                "{\"a\": 1e400}",
                "{ }",
                new Annotations(
                    "Tee",
                    Optional.of(true),
                    Optional.of(false),
                    Optional.of(true),
                    Optional.of(false))));
  }

  @Test
  void a_title_among_the_annotations_is_the_title_where_there_is_no_other() throws Exception {
    assertThat(
            listed("[{\"name\": \"t\", \"annotations\": {\"title\": \"Tee\"}}]").getFirst().title())
        .isEqualTo("Tee");
  }

  @Test
  void hints_that_are_neither_true_nor_false_say_nothing() throws Exception {
    assertThat(
            listed(
                "[{\"name\": \"t\", \"annotations\": {\"readOnlyHint\": \"true\"}},"
                    + " {\"name\": \"u\", \"annotations\": []}]"))
        .extracting(ToolSignature::annotations)
        .containsExactly(Annotations.NONE, Annotations.NONE);
  }

  @Test
  void what_has_no_name_or_is_over_a_limit_is_left_out() throws Exception {
    assertThat(
            listed(
                "[7, {}, {\"name\": 7}, {\"name\": \"\"}, {\"name\": \""
                    + "n".repeat(257)
                    + "\"}, {\"name\": \"s\", \"inputSchema\": {\"x\": \""
                    + "x".repeat(256 * 1024)
                    + "\"}}, {\"name\": \"t\"}]"))
        .extracting(ToolSignature::name)
        .containsExactly("t");
  }
}
