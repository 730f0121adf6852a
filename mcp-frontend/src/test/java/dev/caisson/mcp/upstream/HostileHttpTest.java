package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.mcp.relay.ToolAnswer;
import dev.caisson.mcp.relay.ToolAnswer.Failed;
import dev.caisson.mcp.relay.ToolAnswer.Reason;
import dev.caisson.mcp.relay.ToolAnswer.Relayed;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streamable HTTP with servers that answer with what they like. */
final class HostileHttpTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Relayed EMPTY = new Relayed("{\"content\":[]}", true);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final ByteBudget incoming = ByteBudget.of(1 << 20);
  private final ByteBudget outgoing = ByteBudget.of(1 << 20);
  private final AtomicInteger pauses = new AtomicInteger();

  @AfterEach
  void close() throws Exception {
    for (var one : open) {
      one.close();
    }
    await().atMost(LONG).until(() -> incoming.taken() == 0 && outgoing.taken() == 0);
  }

  /** A server that does this when its tool is called, and behaves well in all else. */
  private HostileServer server(Called called) throws IOException {
    return any((request, out) -> {
      if (!request.rpc().equals("tools/call")) {
        return false;
      }
      called.answer(request, out);
      return true;
    });
  }

  private interface Called {
    void answer(HostileServer.Request request, OutputStream out)
        throws IOException, InterruptedException;
  }

  private HostileServer any(HostileServer.Behaviour behaviour) throws IOException {
    var server = new HostileServer(behaviour);
    open.addFirst(server);
    return server;
  }

  private UpstreamServers upstream(HostileServer server) {
    return upstream(server, LONG, false);
  }

  private UpstreamServers upstream(HostileServer server, Duration call, boolean sse) {
    var definition =
        new ServerDefinition.Http(
            "a",
            server.url(),
            Map.of("Authorization", "Bearer sesame-open"),
            sse,
            new Redaction(List.of("sesame-open")));
    var wires =
        new Wires(
            Optional.empty(),
            incoming,
            outgoing,
            () -> new FloodGate(100, () -> 0, nanos -> pauses.incrementAndGet()));
    var upstream =
        new UpstreamServers(
            List.of(definition),
            wires,
            new UpstreamServer.Timing(LONG, LONG, call),
            System::nanoTime);
    open.addFirst(upstream);
    return upstream;
  }

  private static String message(ToolAnswer answer) {
    assertThat(answer).isInstanceOf(Failed.class);
    assertThat(((Failed) answer).reason()).isEqualTo(Reason.UNAVAILABLE);
    return ((Failed) answer).message().substring("MCP server 'a' is not available: ".length());
  }

  private String failure(Called called) throws Exception {
    return message(upstream(server(called)).call("a", "t", "{}"));
  }

  @Test
  void an_endless_line_of_an_event_ends_where_the_memory_ends() throws Exception {
    assertThat(
            failure((request, out) -> {
              HostileServer.events(out, "data: ");
              HostileServer.endless(out, "x");
            }))
        .isEqualTo(MessageLines.NO_ROOM);
  }

  @Test
  void endless_lines_of_an_event_end_there_too() throws Exception {
    assertThat(
            failure((request, out) -> {
              HostileServer.events(out, "");
              HostileServer.endless(out, "data\n");
            }))
        .isEqualTo(MessageLines.NO_ROOM);
  }

  @Test
  void an_endless_json_ends_there_too() throws Exception {
    assertThat(
            failure((request, out) -> {
              HostileServer.write(
                  out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"");
              HostileServer.endless(out, "x");
            }))
        .isEqualTo(MessageLines.NO_ROOM);
  }

  @Test
  void what_is_no_data_takes_no_memory_and_is_read_more_slowly() throws Exception {
    for (var line :
        List.of(": comment\n", "\n", "event: x\n", "x", ":x", "id: 7\r", "retry: 1\n")) {
      pauses.set(0);
      var server =
          server((request, out) -> {
            HostileServer.events(out, "");
            HostileServer.endless(out, line);
          });
      var upstream = upstream(server, Duration.ofSeconds(2), false);

      assertThat(upstream.call("a", "t", "{}"))
          .isInstanceOfSatisfying(
              Failed.class, late -> assertThat(late.reason()).isEqualTo(Reason.TIMED_OUT));
      assertThat(pauses).as(line).hasPositiveValue();
      assertThat(incoming.taken()).isZero();
      await().atMost(LONG).until(() -> server.abandoned.get() == 1);
    }
  }

  @Test
  void events_without_an_answer_are_read_more_slowly_and_end_with_the_call() throws Exception {
    var server =
        server((request, out) -> {
          HostileServer.events(out, "");
          HostileServer.endless(out, "data: {\"jsonrpc\":\"2.0\",\"method\":\"m\"}\n\n");
        });

    assertThat(upstream(server, Duration.ofSeconds(2), false).call("a", "t", "{}"))
        .isInstanceOfSatisfying(
            Failed.class, late -> assertThat(late.reason()).isEqualTo(Reason.TIMED_OUT));
    assertThat(pauses).hasPositiveValue();
    await().atMost(LONG).until(() -> server.abandoned.get() == 1);
  }

  @Test
  void a_drip_ends_with_the_call_and_the_server_is_told() throws Exception {
    var dripping = new CountDownLatch(1);
    var server =
        server((request, out) -> {
          HostileServer.events(out, "data: {");
          dripping.await();
        });

    assertThat(upstream(server, Duration.ofSeconds(1), false).call("a", "t", "{}"))
        .isInstanceOfSatisfying(
            Failed.class, late -> assertThat(late.reason()).isEqualTo(Reason.TIMED_OUT));
    await()
        .atMost(LONG)
        .until(() ->
            server.requests.stream().anyMatch(r -> r.rpc().equals("notifications/cancelled")));
    dripping.countDown();
  }

  @Test
  void a_page_is_no_answer() throws Exception {
    assertThat(
            failure((request, out) ->
                HostileServer.write(
                    out,
                    "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=utf-8\r\n"
                        + "Content-Length: 17\r\n\r\n<p>sesame-open</p>")))
        .startsWith("it answered with 'text/html' instead of JSON or events: <p>***");
  }

  @Test
  void a_packed_answer_is_not_unpacked() throws Exception {
    assertThat(
            failure((request, out) ->
                HostileServer.json(
                    out, request.answer("{\"content\":[]}"), "Content-Encoding: gzip")))
        .isEqualTo("it sent a packed answer (Content-Encoding), which was not asked for");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          401 Unauthorized      | it refused our credentials (HTTP status 401); look at 'headers' in the servers file
          403 Forbidden         | it refused our credentials (HTTP status 403); look at 'headers' in the servers file
          429 Too Many Requests | it takes no requests at the moment (HTTP status 429); it asks to wait 7 s
          500 Oh                | it answered with HTTP status 500: our *** secret
          """)
  void a_status_is_told(String status, String told) throws Exception {
    assertThat(
            failure((request, out) ->
                HostileServer.status(out, status, "our sesame-open secret", "Retry-After: 7")))
        .isEqualTo(told);
  }

  @Test
  void an_error_of_json_rpc_with_a_status_is_the_error() throws Exception {
    var upstream =
        upstream(
            server((request, out) ->
                HostileServer.status(
                    out,
                    "400 Bad Request",
                    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32602,\"message\":\"sesame-open?\"}}")));

    assertThat(upstream.call("a", "t", "{}"))
        .isEqualTo(new Failed(Reason.INVALID_ARGUMENTS, "***?"));
  }

  @Test
  void an_answer_to_another_request_is_none() throws Exception {
    assertThat(
            failure((request, out) ->
                HostileServer.json(out, "{\"jsonrpc\":\"2.0\",\"id\":999,\"result\":{}}")))
        .isEqualTo("its answer is not the JSON-RPC answer to the request");
    assertThat(
            failure((request, out) ->
                HostileServer.events(
                    out, "data: {\"jsonrpc\":\"2.0\",\"id\":999,\"result\":{}}\n\n")))
        .isEqualTo("it closed the stream before the answer came");
  }

  @Test
  void garbage_instead_of_chunks_fails_the_call() throws Exception {
    assertThat(
            failure((request, out) ->
                HostileServer.write(
                    out,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\nxyz sesame-open\r\n{}\r\n")))
        .startsWith("the connection broke: IOException")
        .doesNotContain("sesame");
  }

  @Test
  void an_event_that_was_cut_off_comes_whole_when_the_stream_goes_on() throws Exception {
    var server =
        any((request, out) -> {
          if (request.rpc().equals("tools/call")) {
            HostileServer.events(
                out,
                "\uFEFFretry: 1\r\nid: e1\r\n: primed\r\ndata:\r\n\r\nid: e2\r\ndata: "
                    + request.answer("{\"cut\":1}"));
            return true;
          }
          if (request.method().equals("GET") && !request.header("last-event-id").isEmpty()) {
            HostileServer.events(
                out,
                "id: e2\rdata: {\"jsonrpc\":\"2.0\",\rdata:\"id\":\"4\",\rdata:\"result\":{\"content\": []}}\r\r");
            return true;
          }
          return false;
        });

    assertThat(upstream(server).call("a", "t", "{}"))
        .isEqualTo(new Relayed("{\"content\": []}", true));
    assertThat(server.of("GET").getLast().header("last-event-id")).isEqualTo("e1");
    assertThat(server.calls()).hasSize(1);
  }

  @Test
  void a_stream_that_brings_nothing_more_is_given_up() throws Exception {
    var server =
        any((request, out) -> {
          if (request.rpc().equals("tools/call")) {
            HostileServer.events(out, "retry: 0\nid: e1\ndata:\n\n");
            return true;
          }
          if (!request.header("last-event-id").isEmpty()) {
            HostileServer.events(out, "retry: 0\n");
            return true;
          }
          return false;
        });

    assertThat(message(upstream(server).call("a", "t", "{}")))
        .isEqualTo(
            "it closed the stream before the answer came, and nothing more came in 5 attempts to"
                + " go on");
    assertThat(server.of("GET")).filteredOn(r -> r.header("last-event-id").equals("e1")).hasSize(5);
  }

  @Test
  void the_wait_that_a_server_asks_for_is_kept_within_reason() {
    assertThat(HttpExchange.bounded(Duration.ZERO)).isEqualTo(Duration.ofMillis(100));
    assertThat(HttpExchange.bounded(Duration.ofSeconds(2))).isEqualTo(Duration.ofSeconds(2));
    assertThat(HttpExchange.bounded(Duration.ofDays(9))).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void a_redirect_to_another_host_gets_neither_token_nor_message() throws Exception {
    var other = any((request, out) -> false);
    var server =
        any((request, out) -> {
          HostileServer.status(out, "307 There", "", "Location: " + other.url());
          return true;
        });

    assertThat(message(upstream(server).call("a", "t", "{}")))
        .startsWith("it redirects us (HTTP status 307) to http://127.0.0.1:");
    assertThat(other.requests).isEmpty();
    assertThat(server.requests)
        .first()
        .extracting(r -> r.header("authorization"))
        .isEqualTo("Bearer sesame-open");
  }

  @Test
  void a_redirect_on_the_same_host_is_followed_and_not_for_ever() throws Exception {
    var server =
        any((request, out) -> {
          if (request.path().equals("/mcp")) {
            HostileServer.status(out, "308 There", "", "Location: /mcp/");
            return true;
          }
          if (request.rpc().equals("tools/call")) {
            HostileServer.status(out, "307 There", "", "Location: " + request.path() + "x");
            return true;
          }
          return false;
        });

    assertThat(message(upstream(server).call("a", "t", "{}")))
        .isEqualTo("it redirects us again and again");
    assertThat(server.calls())
        .extracting(HostileServer.Request::path)
        .containsExactly("/mcp", "/mcp/", "/mcp/x", "/mcp/xx");
  }

  /** Begins a session with each greeting and forgets it when told so. */
  private HostileServer sessions(AtomicInteger sessions, String status, String body)
      throws IOException {
    return any((request, out) -> {
      if (request.rpc().equals("initialize")) {
        var greeting = "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{\"tools\":{}}}";
        HostileServer.json(
            out, request.answer(greeting), "mcp-session-id: s" + sessions.incrementAndGet());
        return true;
      }
      if (request.rpc().equals("tools/call") && request.header("mcp-session-id").equals("s1")) {
        HostileServer.status(out, status, body);
        return true;
      }
      return false;
    });
  }

  @ParameterizedTest
  @CsvSource({"404 Not Found, gone", "400 Bad Request, No valid session ID"})
  void a_session_that_is_gone_is_made_anew(String status, String body) throws Exception {
    var sessions = new AtomicInteger();
    var server = sessions(sessions, status, body);
    var upstream = upstream(server);

    assertThat(upstream.call("a", "t", "{}")).isEqualTo(EMPTY);
    assertThat(sessions).hasValue(2);
    assertThat(server.calls())
        .extracting(r -> r.header("mcp-session-id"))
        .containsExactly("s1", "s2");
    assertThat(server.calls())
        .extracting(r -> r.header("mcp-protocol-version"))
        .containsOnly("2025-06-18");
  }

  @Test
  void the_session_is_ended_with_the_connection() throws Exception {
    var server = sessions(new AtomicInteger(1), "500 No", "");
    var upstream = upstream(server);
    assertThat(upstream.call("a", "t", "{}")).isEqualTo(EMPTY);

    upstream.close();

    assertThat(server.of("DELETE"))
        .extracting(r -> r.header("mcp-session-id"))
        .containsExactly("s2");
  }

  @Test
  void a_session_id_that_no_header_could_hold_is_refused() throws Exception {
    var server =
        any((request, out) -> {
          if (!request.rpc().equals("initialize")) {
            return false;
          }
          HostileServer.json(out, request.answer("{}"), "Mcp-Session-Id: a b");
          return true;
        });

    assertThat(message(upstream(server).call("a", "t", "{}")))
        .isEqualTo("its Mcp-Session-Id is not 1 to 1024 visible ASCII characters");
  }

  @Test
  void a_call_that_may_have_arrived_is_not_made_again() throws Exception {
    var server = server((request, out) -> {});

    assertThat(message(upstream(server).call("a", "t", "{}"))).startsWith("the connection broke: ");
    assertThat(server.calls()).hasSize(1);
  }

  @Test
  void an_old_server_may_not_send_our_messages_to_another_origin() throws Exception {
    var other = any((request, out) -> false);
    var server =
        any((request, out) -> {
          HostileServer.events(out, "event: endpoint\ndata: " + other.url() + "\n\n");
          return true;
        });

    assertThat(message(upstream(server, LONG, true).call("a", "t", "{}")))
        .startsWith("it wants messages posted to another origin than that of its 'url' (http://");
    assertThat(other.requests).isEmpty();
  }

  @Test
  void what_is_no_old_server_either_is_told_by_its_first_refusal() throws Exception {
    var server =
        any((request, out) -> {
          HostileServer.status(out, "404 Not Found", request.method());
          return true;
        });

    assertThat(message(upstream(server).call("a", "t", "{}")))
        .isEqualTo("it answered with HTTP status 404: POST");
    assertThat(server.of("GET")).hasSize(1);
  }

  @Test
  void a_name_that_is_unknown_is_told() throws Exception {
    var definition =
        new ServerDefinition.Http(
            "a",
            java.net.URI.create("http://nowhere.invalid/mcp"),
            Map.of(),
            false,
            new Redaction(List.of()));
    var upstream = new UpstreamServers(List.of(definition));
    open.addFirst(upstream);

    assertThat(message(upstream.call("a", "t", "{}")))
        .isEqualTo("the host name of http://nowhere.invalid/mcp is not known");
  }
}
