package dev.caisson.mcp.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients of revision 2026-07-28. */
final class ModernHttpTest {

  private static final String VERSION = "2026-07-28";

  private TestServer server = new TestServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private Http client(String method, String name) {
    return new Http(server.uri("/mcp"))
        .with("MCP-Protocol-Version", VERSION)
        .with("Mcp-Method", method)
        .with("Mcp-Name", name);
  }

  private static String request(String method, String parameters) {
    return request(VERSION, method, parameters);
  }

  /**
   * @param parameters members of an object, each with a comma after it
   */
  private static String request(String version, String method, String parameters) {
    return """
    {"jsonrpc":"2.0","id":7,"method":"%s","params":{%s"_meta":{\
    "io.modelcontextprotocol/protocolVersion":"%s",\
    "io.modelcontextprotocol/clientCapabilities":{}, "progressToken":"p"}}}\
    """
        .formatted(method, parameters, version);
  }

  private static String call(String tool) {
    return request("tools/call", "\"name\":\"" + tool + "\",\"arguments\":{},");
  }

  @Test
  void a_request_needs_no_greeting_and_makes_no_session() {
    try (var client = client("tools/call", "who")) {
      var answer = client.post(call("who"));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Mcp-Session-Id")).isEmpty();
      assertThat(Http.said(answer.json())).isEqualTo("client 1");
      assertThat(answer.json().path("result").path("resultType").asString()).isEqualTo("complete");
      assertThat(
              client
                  .with("Mcp-Session-Id", "of-another-era")
                  .with("Last-Event-ID", "1-1")
                  .post(call("who"))
                  .status())
          .isEqualTo(200);
    }
  }

  @Test
  void discovery_is_answered() {
    try (var client = client("server/discover", "")) {
      var answer = client.post(request("server/discover", ""));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.json().path("result").path("supportedVersions").path(0).asString())
          .isEqualTo(VERSION);
    }
  }

  @Test
  void headers_that_do_not_say_what_the_body_does_are_refused() {
    try (var client = client("tools/call", "who")) {
      assertMismatch(client.with("Mcp-Method", "tools/list"));
      assertMismatch(client.with("Mcp-Method", ""));
      client.with("Mcp-Method", "tools/call");
      assertMismatch(client.with("Mcp-Name", "wait"));
      assertMismatch(client.with("Mcp-Name", "WHO"));
      assertMismatch(client.with("Mcp-Name", ""));
      assertMismatch(client.with("Mcp-Name", "=?base64?!!?="));
      assertMismatch(client.with("Mcp-Name", "=?base64?d2FpdA==?="));
      client.with("Mcp-Name", "who");
      assertMismatch(client.with("MCP-Protocol-Version", ""));
      assertMismatch(client.with("MCP-Protocol-Version", "2025-11-25"));
      client.with("MCP-Protocol-Version", VERSION);
      assertThat(client.post(call("who")).status()).isEqualTo(200);
      assertThat(client.with("Mcp-Name", "=?base64?d2hv?=").post(call("who")).status())
          .isEqualTo(200);
    }
  }

  private static void assertMismatch(Http client) {
    var answer = client.post(call("who"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo(-32020);
    assertThat(answer.json().path("id").asInt()).isEqualTo(7);
  }

  @Test
  void a_name_that_no_header_can_carry_comes_encoded() {
    try (var client = client("tools/call", "=?base64?Z3LDtsOfZXI=?=")) {
      assertThat(Http.said(client.post(call("größer")).json())).isEqualTo("groß");
    }
  }

  @Test
  void a_version_that_is_not_spoken_is_told_with_those_that_are() {
    try (var client = client("tools/list", "").with("MCP-Protocol-Version", "2099-01-01")) {
      var answer = client.post(request("2099-01-01", "tools/list", ""));

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.error()).isEqualTo(-32022);
      assertThat(answer.json().path("error").path("data").path("supported").path(0).asString())
          .isEqualTo(VERSION);
      assertThat(
              client.post("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}").error())
          .isEqualTo(-32022);
    }
  }

  @Test
  void errors_have_the_status_that_the_specification_gives_them() {
    try (var client = client("no/such", "")) {
      var unknown = client.post(request("no/such", ""));
      assertThat(unknown.status()).isEqualTo(404);
      assertThat(unknown.error()).isEqualTo(-32601);

      var misfit =
          client.with("Mcp-Method", "tools/call").with("Mcp-Name", "none").post(call("none"));
      assertThat(misfit.status()).isEqualTo(400);
      assertThat(misfit.error()).isEqualTo(-32602);

      var bare =
          client
              .with("Mcp-Method", "tools/list")
              .post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
      assertThat(bare.status()).isEqualTo(400);
      assertThat(bare.error()).isEqualTo(-32602);
    }
  }

  @Test
  void a_notification_is_accepted_and_an_answer_is_not() {
    try (var client = client("", "")) {
      assertThat(
              client.post("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}").status())
          .isEqualTo(202);
      assertThat(client.post("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}").status())
          .isEqualTo(400);
    }
  }

  @Test
  void there_is_nothing_but_post() {
    try (var client = client("", "")) {
      var got = client.get();
      assertThat(got.status()).isEqualTo(405);
      assertThat(got.header("Allow")).isEqualTo("POST");
      assertThat(client.send("DELETE").status()).isEqualTo(405);
    }
  }

  @Test
  void both_forms_of_an_answer_have_to_be_accepted() {
    try (var client = client("tools/call", "who").with("Accept", "application/json")) {
      assertThat(client.post(call("who")).status()).isEqualTo(406);
    }
  }

  @Test
  void progress_comes_as_events_that_cannot_be_resumed() {
    try (var client = client("tools/call", "steps")) {
      server.steps.release(4);
      try (var events = client.postForEvents(call("steps"))) {
        var all = events.rest();

        assertThat(all).hasSize(4).allSatisfy(event -> assertThat(event.id()).isEmpty());
        assertThat(Http.said(all.getLast().json())).isEqualTo("all done");
      }
    }
  }

  @Test
  void hanging_up_cancels_the_request() throws InterruptedException {
    try (var client = client("tools/call", "wait")) {
      try (var events = client.postForEvents(call("wait"))) {
        assertThat(server.begun.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(events.type()).startsWith("text/event-stream");
        assertThat(server.cancelled.getCount()).isOne();
      }
      assertThat(server.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void requests_of_one_id_at_once_do_not_meet() throws InterruptedException {
    try (var one = client("tools/call", "wait");
        var two = client("tools/call", "who");
        var events = one.postForEvents(call("wait"))) {
      assertThat(server.begun.await(30, TimeUnit.SECONDS)).isTrue();

      assertThat(two.post(call("who")).status()).isEqualTo(200);

      assertThat(server.cancelled.getCount()).isOne();
      assertThat(events.type()).startsWith("text/event-stream");
    }
  }

  @Test
  void a_token_is_a_client() {
    var first = "the-first-token-of-two";
    var second = "the-second-token-of-two";
    server.close();
    server = new TestServer(first, second);
    try (var client = client("tools/call", "who")) {
      client.with("Authorization", "Bearer " + first);
      assertThat(Http.said(client.post(call("who")).json())).isEqualTo("client 1");
      client.with("Authorization", "Bearer " + second);
      assertThat(Http.said(client.post(call("who")).json())).isEqualTo("client 2");
      client.with("Authorization", "Bearer " + first);
      assertThat(Http.said(client.post(call("who")).json())).isEqualTo("client 1");
    }
    server.close();
    assertThat(server.closed).hasValue(2);
  }

  @Test
  void both_eras_are_served_on_one_port() {
    try (var old = new Http(server.uri("/mcp")).greeted("2024-11-05");
        var client = client("tools/call", "who")) {
      assertThat(Http.said(old.post(Http.call(1, "who")).json())).isEqualTo("client 1");
      assertThat(Http.said(client.post(call("who")).json())).isEqualTo("client 2");
    }
  }
}
