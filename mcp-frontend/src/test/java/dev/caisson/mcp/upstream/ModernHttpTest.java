package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.mcp.relay.ToolAnswer.Failed;
import dev.caisson.mcp.relay.ToolAnswer.Reason;
import dev.caisson.mcp.relay.ToolAnswer.Relayed;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Revision 2026-07-28 over Streamable HTTP. */
final class ModernHttpTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String DISCOVERED =
      "{\"resultType\":\"complete\",\"supportedVersions\":[\"2026-07-28\"],"
          + "\"capabilities\":{\"tools\":{}}}";

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (var one : open) {
      one.close();
    }
  }

  /** A server of the newer era with these tools, JSON. */
  private HostileServer server(String tools, HostileServer.Behaviour calls) throws IOException {
    var server =
        new HostileServer((request, out) -> {
          switch (request.rpc()) {
            case "server/discover" -> HostileServer.json(out, request.answer(DISCOVERED));
            case "tools/list" ->
                HostileServer.json(out, request.answer("{\"tools\":" + tools + "}"));
            case "tools/call" -> {
              return calls.answer(request, out);
            }
            default -> HostileServer.status(out, "400 Bad Request", "");
          }
          return true;
        });
    open.addFirst(server);
    return server;
  }

  private UpstreamServers upstream(HostileServer server, Duration call) {
    var definition =
        new ServerDefinition.Http("a", server.url(), Map.of(), false, new Redaction(List.of()));
    var upstream =
        new UpstreamServers(
            List.of(definition),
            new Wires(Optional.empty()),
            new UpstreamServer.Timing(LONG, LONG, call),
            System::nanoTime);
    open.addFirst(upstream);
    return upstream;
  }

  private static String tool(String name, String properties) {
    return "{\"name\":"
        + RawJson.quoted(name)
        + ",\"inputSchema\":{\"type\":\"object\",\"properties\":"
        + properties
        + "}}";
  }

  @Test
  void what_routes_a_request_is_in_its_headers() throws Exception {
    var properties =
        "{\"r\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"
            + "\"n\":{\"type\":\"integer\",\"x-mcp-header\":\"Count\"},"
            + "\"none\":{\"type\":\"string\",\"x-mcp-header\":\"None\"},"
            + "\"o\":{\"type\":\"object\",\"properties\":"
            + "{\"b\":{\"type\":\"boolean\",\"x-mcp-header\":\"Deep\"}}}}";
    var server = server("[" + tool("té", properties) + "]", (request, out) -> false);

    assertThat(
            upstream(server, LONG)
                .call("a", "té", "{\"r\":\" x\\ny\",\"n\":-7,\"none\":null,\"o\":{\"b\":true}}"))
        .isEqualTo(new Relayed("{\"content\":[]}", true));

    var headers = server.calls().getFirst().headers();
    assertThat(headers)
        .containsEntry("mcp-protocol-version", "2026-07-28")
        .containsEntry("mcp-method", "tools/call")
        .containsEntry("mcp-name", "=?base64?dMOp?=")
        .containsEntry("mcp-param-region", "=?base64?IHgKeQ==?=")
        .containsEntry("mcp-param-count", "-7")
        .containsEntry("mcp-param-deep", "true")
        .containsEntry("accept-encoding", "identity")
        .doesNotContainKeys("mcp-param-none", "mcp-session-id");
    assertThat(server.requests).extracting(HostileServer.Request::method).containsOnly("POST");
  }

  @ParameterizedTest
  @CsvSource({"plain,plain", "'a\tb',=?base64?YQli?=", "=?base64?x?=,=?base64?PT9iYXNlNjQ/eD89?="})
  void a_value_is_encoded_where_a_header_could_not_hold_it(String value, String encoded) {
    assertThat(MirroredHeaders.encoded(value)).isEqualTo(encoded);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"x": {"type": "number", "x-mcp-header": "A"}}
          {"x": {"type": "string", "x-mcp-header": "A B"}}
          {"x": {"type": "string", "x-mcp-header": 7}}
          {"x": {"type": "string", "x-mcp-header": "A"}, "y": {"type": "string", "x-mcp-header": "a"}}
          {"x": {"type": "array", "items": {"type": "string", "x-mcp-header": "A"}}}
          {"x": {"anyOf": [{"type": "string", "x-mcp-header": "A"}]}}
          """)
  void a_tool_whose_marks_are_against_the_rules_is_left_out(String properties) throws Exception {
    var server =
        server("[" + tool("bad", properties) + "," + tool("t", "{}") + "]", (r, out) -> false);

    assertThat(upstream(server, LONG).snapshot(LONG).catalogue().servers().getFirst().tools())
        .extracting(tool -> tool.name())
        .containsExactly("t");
  }

  @Test
  void what_only_looks_like_a_mark_is_none() throws Exception {
    var schema =
        "{\"properties\":{\"x-mcp-header\":{\"type\":\"string\"}},\"default\":{\"x-mcp-header\":1}}";

    var headers = new java.util.HashMap<String, String>();
    ParameterHeaders.of(schema).of("{\"x-mcp-header\":\"v\"}", headers);

    assertThat(headers).isEmpty();
  }

  @Test
  void an_argument_that_no_header_can_hold_fails_its_call() throws Exception {
    var server =
        server(
            "[" + tool("t", "{\"r\":{\"type\":\"string\",\"x-mcp-header\":\"R\"}}") + "]",
            (request, out) -> false);
    var upstream = upstream(server, LONG);

    assertThat(upstream.call("a", "t", "{\"r\":\"" + "x".repeat(5_000) + "\"}"))
        .isEqualTo(
            new Failed(
                Reason.UNAVAILABLE,
                "MCP server 'a' is not available: it wants argument 'r' in a header, where at most"
                    + " 4096 characters fit; it has 5000"));
    assertThat(upstream.call("a", "t", "{}").ok()).isTrue();
  }

  @Test
  void a_call_is_cancelled_by_the_end_of_its_response() throws Exception {
    var server =
        server(
            "[" + tool("t", "{}") + "]",
            (request, out) -> {
              HostileServer.events(out, "");
              HostileServer.endless(out, ":\n");
              return true;
            });

    assertThat(upstream(server, Duration.ofSeconds(1)).call("a", "t", "{}"))
        .isInstanceOfSatisfying(
            Failed.class, late -> assertThat(late.reason()).isEqualTo(Reason.TIMED_OUT));
    await().atMost(LONG).until(() -> server.abandoned.get() == 1);
    assertThat(server.requests)
        .extracting(HostileServer.Request::rpc)
        .containsExactly("server/discover", "tools/list", "tools/call");
  }

  @Test
  void a_stream_of_this_era_does_not_go_on() throws Exception {
    var server =
        server(
            "[" + tool("t", "{}") + "]",
            (request, out) -> {
              HostileServer.events(out, "id: e1\ndata:\n\n");
              return true;
            });

    assertThat(upstream(server, LONG).call("a", "t", "{}"))
        .isEqualTo(
            new Failed(
                Reason.UNAVAILABLE,
                "MCP server 'a' is not available: it closed the stream before the answer came"));
    assertThat(server.of("GET")).isEmpty();
  }

  @Test
  void an_error_of_the_newer_era_is_not_taken_for_the_older_one() throws Exception {
    var server =
        new HostileServer((request, out) -> {
          HostileServer.status(
              out,
              "400 Bad Request",
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32020,\"message\":\"no\"}}");
          return true;
        });
    open.addFirst(server);

    assertThat(upstream(server, LONG).snapshot(LONG).troubles())
        .containsEntry("a", "it answered with error -32020: no");
    assertThat(server.requests).hasSize(1);
  }
}
