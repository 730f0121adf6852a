package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.ToolAnswer.Failed;
import dev.caisson.mcp.relay.ToolAnswer.Reason;
import dev.caisson.mcp.relay.ToolAnswer.Relayed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class HttpWireTest {

  @Test
  void arguments_and_results_pass_digit_by_digit() throws Exception {
    var result = "{\"content\": [], \"structuredContent\": " + Exact.OBJECT + "}";
    try (var server = new FakeHttpServer(body -> result);
        var upstream = upstream(server, List.of())) {

      assertThat(upstream.call("a", "t", Exact.OBJECT)).isEqualTo(new Relayed(result, true));
      assertThat(server.bodies.getLast())
          .endsWith("\"params\":{\"name\":\"t\",\"arguments\":" + Exact.OBJECT + "}}");
    }
  }

  @Test
  void secrets_are_not_in_results() throws Exception {
    try (var server =
            new FakeHttpServer(body -> "{\"content\":[],\"seen\":\"Bearer sesame-open\"}");
        var upstream = upstream(server, List.of("sesame-open"))) {

      assertThat(upstream.call("a", "t", "{}"))
          .isEqualTo(new Relayed("{\"content\":[],\"seen\":\"Bearer ***\"}", true));
    }
  }

  @Test
  void of_a_page_of_html_the_beginning_is_told() throws Exception {
    try (var server = new FakeHttpServer(body -> "<html>sesame-open " + "x".repeat(5_000));
        var upstream = upstream(server, List.of("sesame-open"))) {

      assertThat(upstream.call("a", "t", "{}"))
          .isInstanceOfSatisfying(
              Failed.class,
              failed ->
                  assertThat(failed.message()).contains("<html>*** xxx").hasSizeBetween(500, 600));
    }
  }

  @Test
  void an_answer_for_which_there_is_no_room_fails_its_call_alone() throws Exception {
    var large = "{\"content\":[],\"x\":\"" + "x".repeat(2_000) + "\"}";
    var small = "{\"content\":[]}";
    var incoming = ByteBudget.of(1_000);
    try (var server = new FakeHttpServer(body -> body.contains("\"large\"") ? large : small);
        var upstream =
            new UpstreamServers(
                List.of(definition(server, List.of())),
                new Wires(Optional.empty(), incoming, ByteBudget.of(1_000)),
                UpstreamServer.Timing.DEFAULT,
                System::nanoTime)) {

      assertThat(upstream.call("a", "t", "{\"large\":1}"))
          .isEqualTo(
              new Failed(
                  Reason.UNAVAILABLE, "MCP server 'a' is not available: " + MessageLines.NO_ROOM));
      assertThat(upstream.call("a", "t", "{}")).isEqualTo(new Relayed(small, true));
      assertThat(incoming.taken()).isZero();
    }
  }

  private static UpstreamServers upstream(FakeHttpServer server, List<String> secrets) {
    return new UpstreamServers(List.of(definition(server, secrets)));
  }

  private static ServerDefinition definition(FakeHttpServer server, List<String> secrets) {
    return new ServerDefinition.Http("a", server.url(), Map.of(), false, new Redaction(secrets));
  }
}
