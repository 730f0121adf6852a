package dev.caisson.mcp.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever reaches the port and means no good. */
final class HostileHttpTest {

  private static final String GREETING =
      """
      {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}\
      """;
  private static final String TOKEN = "a-token-that-nobody-guesses";

  private TestServer server = new TestServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private void restart(UnaryOperator<HttpLimits> limits, String... tokens) {
    server.close();
    server = new TestServer(limits, tokens);
  }

  private Http client() {
    return new Http(server.uri("/mcp"));
  }

  /** Sends these bytes and gives all that comes back until the connection is closed. */
  private String raw(String request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String greetAs(String host) throws IOException {
    return raw(
        "POST /mcp HTTP/1.1\r\nHost: "
            + host
            + "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
            + GREETING.length()
            + "\r\n\r\n"
            + GREETING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "https://app.example.evil.example",
        "https://app.example:444",
        "file://localhost",
        "http://127.0.0.1.evil.example",
        "not an origin"
      })
  void pages_of_other_origins_are_refused(String origin) {
    try (var client = client().with("Origin", origin)) {
      assertThat(client.post(GREETING).status()).isEqualTo(403);
      assertThat(client.send("OPTIONS").status()).isEqualTo(403);
      assertThat(client.post(GREETING).header("Access-Control-Allow-Origin")).isEmpty();
    }
    assertThat(server.welcomed).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost:6274",
        "http://127.0.0.1",
        "https://[::1]:8080",
        "https://app.example"
      })
  void pages_of_this_machine_and_those_that_are_let_in_may_ask(String origin) {
    try (var client = client().with("Origin", origin)) {
      var answer = client.post(GREETING);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(origin);
      assertThat(client.send("OPTIONS").header("Access-Control-Allow-Headers"))
          .contains("Mcp-Session-Id");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example"
      })
  void a_name_that_somebody_has_pointed_here_is_refused(String host) throws IOException {
    assertThat(greetAs(host)).matches("(?s)HTTP/1.1 40[03] .*");
    assertThat(server.welcomed).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:1", "LocalHost", "127.0.0.1:8080", "[::1]:1", "BOX.example:9"})
  void names_of_ours_are_taken(String host) throws IOException {
    assertThat(greetAs(host)).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void without_the_right_token_nothing_is_answered() {
    restart(limits -> limits, TOKEN);
    try (var client = client()) {
      var none = client.post(GREETING);
      assertThat(none.status()).isEqualTo(401);
      assertThat(none.header("WWW-Authenticate")).isEqualTo("Bearer");
      for (var wrong :
          List.of(
              "Bearer " + TOKEN + "x", "Bearer", "Bearer ", "Basic " + TOKEN, TOKEN, "Bearer x")) {
        var answer = client.with("Authorization", wrong).post(GREETING);
        assertThat(answer.status()).as(wrong).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).contains("invalid_token");
        assertThat(answer.text()).doesNotContain(TOKEN);
      }
      assertThat(client.get().status()).isEqualTo(401);
      assertThat(client.send("DELETE").status()).isEqualTo(401);
      assertThat(server.welcomed).hasValue(0);
      assertThat(client.with("Authorization", "bearer " + TOKEN).post(GREETING).status())
          .isEqualTo(200);
    }
  }

  @Test
  void a_body_that_is_too_large_is_refused_however_it_comes() throws IOException {
    restart(limits -> bodies(limits, new HttpLimits.Bodies(1_000, 10_000, Duration.ofSeconds(9))));
    try (var client = client()) {
      assertThat(client.post("x".repeat(1_001)).status()).isEqualTo(413);
    }
    var head =
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n";
    assertThat(raw(head + ("400\r\n" + "x".repeat(1_024) + "\r\n").repeat(1)))
        .startsWith("HTTP/1.1 413 ");
    // Not read at all where the token is missing.
    restart(limits -> limits, TOKEN);
    assertThat(
            raw(
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 999999999999\r\n\r\n"))
        .startsWith("HTTP/1.1 401 ");
  }

  @Test
  void bodies_of_all_clients_together_are_bounded() throws IOException {
    restart(limits -> bodies(limits, new HttpLimits.Bodies(1_000, 1_500, Duration.ofSeconds(30))));
    try (var slow = new Socket(InetAddress.getLoopbackAddress(), server.port());
        var client = client()) {
      slow.getOutputStream()
          .write(
              ("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      + "Content-Length: 1000\r\n\r\n"
                      + "x".repeat(999))
                  .getBytes(StandardCharsets.US_ASCII));
      slow.getOutputStream().flush();
      await().untilAsserted(() -> assertThat(client.post(" ".repeat(600)).status()).isEqualTo(503));
    }
    try (var client = client()) {
      await().untilAsserted(() -> assertThat(client.post(GREETING).status()).isEqualTo(200));
    }
  }

  private static HttpLimits bodies(HttpLimits limits, HttpLimits.Bodies bodies) {
    return new HttpLimits(bodies, limits.connections(), limits.sessions(), limits.streams());
  }

  @Test
  void a_body_that_does_not_come_is_given_up() throws IOException {
    restart(limits -> bodies(limits, new HttpLimits.Bodies(1_000, 10_000, Duration.ofMillis(100))));

    assertThat(
            raw(
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 100\r\n\r\n{"))
        .startsWith("HTTP/1.1 408 ");
  }

  @Test
  void a_connection_that_never_gets_to_a_request_is_closed() throws IOException {
    restart(limits ->
        new HttpLimits(
            limits.bodies(),
            new HttpLimits.Connections(10, 4_096, Duration.ofMillis(100), Duration.ofMinutes(1)),
            limits.sessions(),
            limits.streams()));

    assertThat(raw("POST /mcp HTTP/1.1\r\nHost: loc")).isEmpty();
    assertThat(raw("GET /health HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(9_000) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431 ");
  }

  @Test
  void what_is_no_message_is_told_so() throws IOException {
    try (var client = client().greeted("2025-06-18")) {
      assertRefused(client.post("{"), -32700);
      assertRefused(client.post(""), -32700);
      assertRefused(client.post("[" + GREETING + "]"), -32600);
      assertRefused(client.post("[".repeat(100_000)), -32700);
      assertRefused(client.post("7"), -32600);
      assertRefused(client.post("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}"), -32600);
      assertThat(client.with("Content-Type", "text/plain").post(GREETING).status()).isEqualTo(415);
      client.with("Content-Type", "application/json; charset=utf-8");
      assertThat(client.with("Accept", "text/html").post(GREETING).status()).isEqualTo(406);
      client.with("Accept", "*/*");
      var unspoken = client.with("MCP-Protocol-Version", "1999-01-01").post(Http.call(1, "who"));
      assertThat(unspoken.status()).isEqualTo(400);
      assertThat(client.with("MCP-Protocol-Version", "2025-06-18").send("PUT").status())
          .isEqualTo(405);
    }
    assertThat(
            raw(
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 2\r\nConnection: close\r\n\r\n\u00ff\u00fe"))
        .contains("HTTP/1.1 400 ", "UTF-8");
    assertThat(raw("\u0016\u0003\u0001\u0000nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
  }

  private static void assertRefused(Http.Answer answer, int code) {
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo(code);
    assertThat(answer.json().path("id").isNull()).isTrue();
  }

  @Test
  void more_requests_than_there_are_places_are_refused() throws InterruptedException {
    restart(limits ->
        new HttpLimits(
            limits.bodies(),
            limits.connections(),
            limits.sessions(),
            new HttpLimits.Streams(
                1, Duration.ofMillis(1), Duration.ofSeconds(1), Duration.ofSeconds(1))));
    try (var client = client().greeted("2025-06-18");
        var running = client.postForEvents(Http.call(7, "wait"))) {
      server.begun.await();
      var refused = client.post(Http.call(8, "who"));
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.json().path("id").asInt()).isEqualTo(8);

      client.post(
          """
          {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}\
          """);
      assertThat(running.rest()).hasSize(1);
      assertThat(client.post(Http.call(8, "who")).status()).isEqualTo(200);
    }
  }

  @Test
  void health_is_for_everybody_and_says_nothing_else() {
    restart(limits -> limits, TOKEN);
    try (var client = new Http(server.uri("/health"))) {
      assertThat(client.get().status()).isEqualTo(200);
      assertThat(client.get().text()).isEqualTo("{\"status\":\"ok\"}");
      assertThat(client.post("{}").status()).isEqualTo(405);
    }
    restart(limits -> limits, TOKEN);
    server.serving = false;
    try (var client = new Http(server.uri("/health"))) {
      assertThat(client.get().status()).isEqualTo(503);
      assertThat(client.get().text()).isEqualTo("{\"status\":\"unavailable\"}");
    }
    try (var client = new Http(server.uri("/other"))) {
      assertThat(client.get().status()).isEqualTo(404);
    }
  }
}
