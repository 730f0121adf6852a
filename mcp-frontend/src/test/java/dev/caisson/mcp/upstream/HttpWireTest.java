package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.ToolAnswer.Relayed;
import java.util.List;
import java.util.Map;
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

  private static UpstreamServers upstream(FakeHttpServer server, List<String> secrets) {
    return new UpstreamServers(
        List.of(new ServerDefinition.Http("a", server.url(), Map.of(), new Redaction(secrets))));
  }
}
