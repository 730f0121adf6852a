package dev.caisson.mcp.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients up to revision 2025-11-25. */
final class LegacyHttpTest {

  private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
  private static final String CANCEL =
      """
      {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}\
      """;

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

  @Test
  void a_greeting_makes_a_session_that_the_next_requests_are_of() {
    try (var client = client().greeted("2025-06-18")) {
      var answer = client.post(Http.call(1, "who"));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).startsWith("application/json");
      assertThat(answer.header("Mcp-Session-Id")).hasSize(43);
      assertThat(Http.said(answer.json())).isEqualTo("client 1");
    }
  }

  @Test
  void a_notification_is_accepted_without_a_body() {
    try (var client = client().greeted("2025-06-18")) {
      var answer = client.post("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");

      assertThat(answer.status()).isEqualTo(202);
      assertThat(answer.text()).isEmpty();
    }
  }

  @Test
  void without_its_session_a_request_is_refused() {
    try (var client = client().greeted("2025-06-18")) {
      assertThat(client.with("Mcp-Session-Id", "").post(PING).status()).isEqualTo(400);
      assertThat(client.with("Mcp-Session-Id", "nonsense").post(PING).status()).isEqualTo(404);
      assertThat(client.with("Mcp-Session-Id", "nonsense").get().status()).isEqualTo(404);
      assertThat(client.with("Mcp-Session-Id", "nonsense").send("DELETE").status()).isEqualTo(404);
    }
  }

  @Test
  void delete_ends_the_session_what_runs_in_it_and_what_it_has_made() throws InterruptedException {
    try (var client = client().greeted("2025-06-18");
        var running = client.postForEvents(Http.call(7, "wait"))) {
      assertThat(server.begun.await(30, TimeUnit.SECONDS)).isTrue();

      assertThat(client.send("DELETE").status()).isEqualTo(204);

      assertThat(server.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(running.next().json().path("error").path("code").asInt()).isEqualTo(-32800);
      assertThat(client.post(PING).status()).isEqualTo(404);
      assertThat(server.closed).hasValue(1);
    }
  }

  @Test
  void progress_comes_as_it_is_made_and_the_answer_ends_the_stream() {
    try (var client = client().greeted("2025-06-18");
        var events = client.postForEvents(Http.call(1, "steps"))) {
      server.steps.release();
      assertThat(events.type()).startsWith("text/event-stream");
      assertThat(events.next().json().path("params").path("message").asString())
          .isEqualTo("step 1");
      server.steps.release(3);

      var rest = events.rest();

      assertThat(rest).hasSize(3);
      assertThat(Http.said(rest.getLast().json())).isEqualTo("all done");
    }
  }

  @Test
  void a_stream_that_broke_goes_on_where_it_broke() {
    try (var client = client().greeted("2025-06-18")) {
      server.steps.release(2);
      String last;
      try (var broken = client.postForEvents(Http.call(1, "steps"))) {
        last = broken.next().id();
      }
      server.steps.release(2);

      try (var resumed = client.with("Last-Event-ID", last).getEvents()) {
        var rest = resumed.rest();

        assertThat(rest).hasSize(3);
        assertThat(rest.getFirst().json().path("params").path("message").asString())
            .isEqualTo("step 2");
        assertThat(Http.said(rest.getLast().json())).isEqualTo("all done");
      }
      // Once more, as if the answer had been lost on the way.
      try (var again = client.with("Last-Event-ID", last).getEvents()) {
        assertThat(again.rest()).hasSize(3);
      }
    }
  }

  @Test
  void breaking_the_connection_off_cancels_nothing() throws InterruptedException {
    restart(quick());
    try (var client = client().greeted("2025-11-25")) {
      String primed;
      try (var broken = client.postForEvents(Http.call(7, "wait"))) {
        primed = broken.next().id();
      }
      assertThat(server.begun.await(30, TimeUnit.SECONDS)).isTrue();
      try (var resumed = client.with("Last-Event-ID", primed).getEvents()) {
        assertThat(server.cancelled.getCount()).isOne();

        assertThat(client.with("Last-Event-ID", "").post(CANCEL).status()).isEqualTo(202);

        assertThat(resumed.next().json().path("error").path("code").asInt()).isEqualTo(-32800);
        assertThat(server.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void a_client_of_2025_11_25_is_told_at_once_where_to_resume() {
    try (var client = client().greeted("2025-11-25");
        var events = client.postForEvents(Http.call(7, "wait"))) {
      var primed = events.next();

      assertThat(primed.data()).isEmpty();
      assertThat(primed.id()).matches("\\d+-0");
    }
  }

  @Test
  void an_event_that_is_none_of_ours_resumes_nothing() {
    try (var client = client().greeted("2025-06-18")) {
      assertThat(client.with("Last-Event-ID", "77-1").get().status()).isEqualTo(404);
      assertThat(client.with("Last-Event-ID", "../..").get().status()).isEqualTo(400);
    }
  }

  @Test
  void an_answer_that_is_not_kept_leaves_an_error_for_who_comes_back() {
    restart(limits ->
        new HttpLimits(
            limits.bodies(),
            limits.connections(),
            new HttpLimits.Sessions(10, Duration.ofMinutes(1), 50_000, 1_000_000),
            limits.streams()));
    try (var client = client().greeted("2025-06-18")) {
      String first;
      try (var events = client.postForEvents(Http.call(1, "large"))) {
        first = events.next().id();
        assertThat(Http.said(events.next().json())).hasSize(100_000);
      }
      try (var resumed = client.with("Last-Event-ID", first).getEvents()) {
        assertThat(resumed.next().json().path("error").path("message").asString())
            .contains("too large to be kept");
      }
    }
  }

  @Test
  void a_question_goes_out_on_the_stream_and_its_answer_comes_with_post() {
    try (var client = client().greeted("2025-06-18");
        var events = client.postForEvents(Http.call(1, "ask"))) {
      var question = events.next().json();
      assertThat(question.path("method").asString()).isEqualTo("elicitation/create");

      var accepted =
          client.post(
              """
              {"jsonrpc":"2.0","id":"%s","result":{"action":"accept","content":{"a":1}}}\
              """
                  .formatted(question.path("id").asString()));

      assertThat(accepted.status()).isEqualTo(202);
      assertThat(Http.said(events.next().json())).contains("ACCEPT", "a=1");
    }
  }

  @Test
  void who_reads_json_only_gets_one_object_and_is_asked_nothing() {
    try (var client = client().greeted("2025-06-18").with("Accept", "application/json")) {
      server.steps.release(4);

      assertThat(Http.said(client.post(Http.call(1, "steps")).json())).isEqualTo("all done");
      assertThat(Http.said(client.post(Http.call(2, "ask")).json()))
          .startsWith("refused: the request does not accept");
      assertThat(client.get().status()).isEqualTo(406);
    }
  }

  @Test
  void who_reads_events_only_gets_events() {
    try (var client = client().greeted("2025-06-18").with("Accept", "text/event-stream");
        var events = client.postForEvents(Http.call(1, "who"))) {
      assertThat(Http.said(events.next().json())).isEqualTo("client 1");
    }
  }

  @Test
  void the_stream_of_a_session_stays_open_and_a_second_one_takes_its_place() {
    restart(quick());
    try (var client = client().greeted("2025-06-18");
        var first = client.getEvents();
        var second = client.getEvents()) {
      assertThat(first.rest()).isEmpty();
      assertThat(second.type()).startsWith("text/event-stream");
      assertThat(client.send("DELETE").status()).isEqualTo(204);
      assertThat(second.rest()).isEmpty();
    }
  }

  @Test
  void two_clients_have_nothing_in_common() throws InterruptedException {
    try (var one = client().greeted("2025-06-18");
        var two = client().greeted("2025-06-18");
        var running = one.postForEvents(Http.call(7, "wait"))) {
      assertThat(server.begun.await(30, TimeUnit.SECONDS)).isTrue();

      assertThat(Http.said(two.post(Http.call(7, "who")).json())).isEqualTo("client 2");
      assertThat(two.post(CANCEL).status()).isEqualTo(202);
      // The number of a stream is one's own: here the call before, and not what the other runs.
      assertThat(two.with("Last-Event-ID", "2-0").get().text()).contains("client 2");
      assertThat(two.with("Last-Event-ID", "3-0").get().status()).isEqualTo(404);
      assertThat(two.with("Last-Event-ID", "").send("DELETE").status()).isEqualTo(204);

      assertThat(server.cancelled.getCount()).isOne();
      assertThat(server.closed).hasValue(1);
      assertThat(running.type()).startsWith("text/event-stream");
    }
  }

  @Test
  void the_session_of_another_token_is_not_there() {
    var first = "the-first-token-of-two";
    var second = "the-second-token-of-two";
    restart(limits -> limits, first, second);
    try (var client = client().with("Authorization", "Bearer " + first).greeted("2025-06-18")) {
      assertThat(client.post(PING).status()).isEqualTo(200);
      client.with("Authorization", "Bearer " + second);
      assertThat(client.post(PING).status()).isEqualTo(404);
      assertThat(client.get().status()).isEqualTo(404);
      assertThat(client.send("DELETE").status()).isEqualTo(404);
    }
  }

  @Test
  void a_session_that_nobody_uses_is_ended() throws InterruptedException {
    restart(limits ->
        new HttpLimits(
            limits.bodies(),
            limits.connections(),
            new HttpLimits.Sessions(1, Duration.ofMillis(200), 1_000, 1_000),
            limits.streams()));
    try (var client = client().greeted("2025-06-18")) {
      await().untilAsserted(() -> assertThat(server.closed).hasValue(1));

      assertThat(client.post(PING).status()).isEqualTo(404);
    }
    // Its place is free.
    client().greeted("2025-06-18").close();
  }

  @Test
  void a_session_with_an_open_stream_is_in_use() {
    var now = new long[1];
    var sessions =
        new LegacySessions(
            server, new HttpLimits.Sessions(9, Duration.ofNanos(5), 1, 1), () -> now[0]);
    try {
      var session = sessions.open(Tokens.Principal.ANYBODY);
      now[0] = 10;
      sessions.endIdle();
      assertThat(server.closed).hasValue(0);

      sessions.leave(session);
      now[0] = 14;
      sessions.endIdle();
      assertThat(server.closed).hasValue(0);

      now[0] = 15;
      sessions.endIdle();
      assertThat(server.closed).hasValue(1);
    } catch (RefusedException unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  @Test
  void more_sessions_than_there_are_places_are_refused() {
    restart(limits ->
        new HttpLimits(
            limits.bodies(),
            limits.connections(),
            new HttpLimits.Sessions(1, Duration.ofMinutes(1), 1_000, 1_000),
            limits.streams()));
    try (var first = client().greeted("2025-06-18");
        var second = client()) {
      var refused =
          second.post(
              """
              {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}\
              """);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isEqualTo("60");

      assertThat(first.send("DELETE").status()).isEqualTo(204);
      second.greeted("2025-06-18");
    }
  }

  @Test
  void stopping_cancels_what_runs_and_says_so() throws InterruptedException {
    try (var client = client().greeted("2025-06-18");
        var running = client.postForEvents(Http.call(7, "wait"))) {
      assertThat(server.begun.await(30, TimeUnit.SECONDS)).isTrue();

      server.close();

      assertThat(server.cancelled.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(running.next().json().path("error").path("code").asInt()).isEqualTo(-32800);
      assertThat(server.closed).hasValue(1);
    }
  }

  /** Answers that do not come at once are streams. */
  private static UnaryOperator<HttpLimits> quick() {
    return limits ->
        new HttpLimits(
            limits.bodies(),
            limits.connections(),
            limits.sessions(),
            new HttpLimits.Streams(
                10, Duration.ofMillis(1), Duration.ofMillis(20), Duration.ofMillis(20)));
  }
}
