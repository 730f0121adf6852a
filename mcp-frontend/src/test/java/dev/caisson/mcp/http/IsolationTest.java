package dev.caisson.mcp.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.app.OwnClients;
import dev.caisson.mcp.relay.Backend;
import dev.caisson.mcp.relay.FakeCodeRunner;
import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.relay.SessionHost.NewSession;
import dev.caisson.mcp.relay.SessionState;
import dev.caisson.mcp.tools.FrontendOptions;
import dev.caisson.mcp.tools.SessionPerConnection;
import dev.caisson.mcp.upstream.UpstreamServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Clients of the real tools on one port, and what they have of each other. */
final class IsolationTest {

  private static final String FIRST = "the-first-token-of-two";
  private static final String SECOND = "the-second-token-of-two";

  private final FakeSessionHost host = new FakeSessionHost();
  private final FakeCodeRunner runner = new FakeCodeRunner();
  private final UpstreamServers upstream = new UpstreamServers(List.of());
  private final McpHttpServer server =
      new McpHttpServer(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          Places.of(List.of(), List.of()),
          Tokens.of(List.of(FIRST, SECOND)),
          new OwnClients(
              new Backend(runner, host, host),
              upstream,
              new FrontendOptions("", SessionPerConnection.YES)),
          () -> true,
          HttpLimits.usual());

  @BeforeEach
  void start() throws IOException {
    server.start();
  }

  @AfterEach
  void stop() {
    server.close();
    upstream.close();
  }

  private Http client(String token) {
    return new Http(URI.create("http://127.0.0.1:" + server.port() + "/mcp"))
        .with("Authorization", "Bearer " + token);
  }

  private static JsonNode call(Http client, String tool, Map<String, ?> arguments) {
    var request =
        Map.of(
            "jsonrpc",
            "2.0",
            "id",
            1,
            "method",
            "tools/call",
            "params",
            Map.of("name", tool, "arguments", arguments));
    return client.post(JsonMapper.shared().writeValueAsString(request)).json().path("result");
  }

  private static JsonNode callModern(Http client, String tool, Map<String, ?> arguments) {
    client
        .with("MCP-Protocol-Version", "2026-07-28")
        .with("Mcp-Method", "tools/call")
        .with("Mcp-Name", tool);
    var meta =
        Map.of(
            "io.modelcontextprotocol/protocolVersion",
            "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities",
            Map.of());
    var request =
        Map.of(
            "jsonrpc",
            "2.0",
            "id",
            1,
            "method",
            "tools/call",
            "params",
            Map.of("name", tool, "arguments", arguments, "_meta", meta));
    return client.post(JsonMapper.shared().writeValueAsString(request)).json().path("result");
  }

  private static String id(JsonNode result) {
    return result.path("structuredContent").path("sessions").path(0).path("id").asString();
  }

  private static int total(JsonNode result) {
    return result.path("structuredContent").path("total").asInt(-1);
  }

  private List<String> standing() throws Exception {
    return host.list().stream().map(SessionState::id).toList();
  }

  @Test
  void sessions_and_files_of_one_are_not_there_for_another() throws Exception {
    var notOurs =
        host.create(new NewSession("other", "", "", Optional.empty(), Optional.empty())).id();
    try (var one = client(FIRST).greeted("2025-06-18");
        var two = client(FIRST).greeted("2025-06-18")) {
      var made = id(call(one, "sessions", Map.of("action", "create", "name", "mine")));
      call(
          one,
          "files",
          Map.of("action", "write", "session", "mine", "path", "secret.txt", "content", "x"));

      assertThat(total(call(one, "sessions", Map.of("action", "list")))).isEqualTo(1);
      assertThat(total(call(two, "sessions", Map.of("action", "list")))).isZero();
      for (var named : List.of(made, "mine", notOurs, "other")) {
        assertThat(
                call(two, "run_code", Map.of("code", "session", "session", named))
                    .path("isError")
                    .asBoolean())
            .as(named)
            .isTrue();
        for (var action : List.of("end", "interrupt", "reset")) {
          assertThat(
                  call(two, "sessions", Map.of("action", action, "session", named))
                      .path("isError")
                      .asBoolean())
              .as(action + " " + named)
              .isTrue();
        }
        assertThat(
                call(two, "files", Map.of("action", "list", "session", named))
                    .path("isError")
                    .asBoolean())
            .isTrue();
        var read =
            """
            {"jsonrpc":"2.0","id":1,"method":"resources/read",\
            "params":{"uri":"caisson://session/%s/secret.txt"}}\
            """
                .formatted(named);
        assertThat(two.post(read).error()).isEqualTo(-32002);
      }
      var listing = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/list\",\"params\":{}}";
      assertThat(two.post(listing).text()).doesNotContain("secret");
      assertThat(one.post(listing).text()).contains("secret.txt");
      assertThat(standing()).containsExactly(notOurs, made);
    }
  }

  @Test
  void each_has_a_session_of_its_own_which_ends_with_it() throws Exception {
    try (var one = client(FIRST).greeted("2025-06-18");
        var two = client(FIRST).greeted("2025-06-18")) {
      var ofOne = call(one, "run_code", Map.of("code", "session"));
      var ofTwo = call(two, "run_code", Map.of("code", "session"));
      assertThat(ofOne.path("structuredContent").path("stdout").asString())
          .startsWith("session-")
          .isNotEqualTo(ofTwo.path("structuredContent").path("stdout").asString());
      call(one, "sessions", Map.of("action", "create", "name", "more"));
      assertThat(standing()).hasSize(3);

      assertThat(one.send("DELETE").status()).isEqualTo(204);

      assertThat(standing()).hasSize(1);
    }
    server.close();
    assertThat(standing()).isEmpty();
  }

  @Test
  void without_a_greeting_the_token_says_who_it_is() {
    try (var one = client(FIRST);
        var again = client(FIRST);
        var two = client(SECOND);
        var greeted = client(FIRST).greeted("2025-06-18")) {
      var made = id(callModern(one, "sessions", Map.of("action", "create", "name", "mine")));

      assertThat(total(callModern(again, "sessions", Map.of("action", "list")))).isEqualTo(1);
      assertThat(total(callModern(two, "sessions", Map.of("action", "list")))).isZero();
      assertThat(total(call(greeted, "sessions", Map.of("action", "list")))).isZero();
      assertThat(
              callModern(two, "run_code", Map.of("code", "session", "session", made))
                  .path("isError")
                  .asBoolean())
          .isTrue();
      // Nobody's session: a run that names none has a sandbox of its own.
      callModern(one, "run_code", Map.of("code", "print x"));
      assertThat(total(callModern(one, "sessions", Map.of("action", "list")))).isEqualTo(1);
    }
  }

  @Test
  void ending_a_session_cancels_the_run_in_it() throws InterruptedException {
    try (var one = client(FIRST).greeted("2025-06-18")) {
      var request =
          """
          {"jsonrpc":"2.0","id":1,"method":"tools/call",\
          "params":{"name":"run_code","arguments":{"code":"wait"}}}\
          """;
      try (var running = one.postForEvents(request)) {
        assertThat(runner.waiting.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(one.send("DELETE").status()).isEqualTo(204);
        assertThat(runner.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(running.rest()).hasSize(1);
      }
    }
  }
}
