package dev.caisson.mcp.protocol;

import static dev.caisson.mcp.protocol.Tools.said;
import static dev.caisson.mcp.protocol.Tools.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every server, with clients of the older era. */
final class DispatcherTest {

  private static final ServerIdentity IDENTITY = new ServerIdentity("test", "7", "be kind");

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  /** A tool that waits at the gate. */
  private ToolsFeature waiting() {
    return Tools.of(
        "wait",
        (client, call) -> {
          begun.countDown();
          try {
            gate.await();
            return said("through");
          } finally {
            ended.countDown();
          }
        });
  }

  @Test
  void the_greeting_tells_who_the_server_is_and_what_it_offers() {
    var client = new TestClient(new LoggingFeature(), waiting());

    assertThat(client.ask("initialize", "{\"protocolVersion\":\"2024-11-05\"}").path("result"))
        .hasToString(
            "{\"protocolVersion\":\"2024-11-05\",\"capabilities\":{\"logging\":{},\"tools\":"
                + "{\"listChanged\":false}},\"serverInfo\":{\"name\":\"test\",\"version\":\"7\"},"
                + "\"instructions\":\"be kind\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"1999-01-01\"", "\"2026-07-28\"", "7", "null"})
  void a_client_that_greets_with_another_version_is_offered_the_newest_that_greets(String asked) {
    var greeting = new TestClient().ask("initialize", "{\"protocolVersion\":" + asked + "}");

    assertThat(greeting.path("result").path("protocolVersion").asString()).isEqualTo("2025-11-25");
  }

  @Test
  void a_client_greets_once_and_before_it_asks() {
    var client = new TestClient(new LoggingFeature(), waiting());
    for (var method : List.of("tools/list", "logging/setLevel")) {
      var early = client.ask(method, "{\"level\":\"info\"}").path("error");
      assertThat(early.path("code").asInt()).isEqualTo(-32600);
      assertThat(early.path("message").asString())
          .isEqualTo("send 'initialize' before '" + method + "'");
    }
    client.greeted();
    var again = client.ask("initialize", "{}").path("error");

    assertThat(again.path("code").asInt()).isEqualTo(-32600);
    assertThat(again.path("message").asString()).isEqualTo("initialize came twice");
  }

  @Test
  void a_hint_is_not_negative() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CacheHint(Duration.ofMillis(-1), CacheHint.Scope.PUBLIC))
        .withMessage("a result is fresh for PT-0.001S");
  }

  @Test
  void a_capability_that_is_offered_twice_is_a_mistake() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Dispatcher(IDENTITY, List.of(waiting(), waiting())))
        .withMessage("tools is offered twice");
  }

  @Test
  void more_requests_at_once_than_there_are_places_are_refused_and_places_come_back() {
    var dispatcher = new Dispatcher(IDENTITY, List.of(waiting()), 1);
    var client = new TestClient(dispatcher).greeted();
    var other = new TestClient(dispatcher).greeted();
    client.request("\"first\"", "tools/call", "{\"name\":\"wait\"}");

    var refused = other.ask("tools/call", "{\"name\":\"wait\"}").path("error");
    assertThat(refused.path("code").asInt()).isEqualTo(-32603);
    assertThat(refused.path("message").asString())
        .isEqualTo(
            "1 requests are in progress, and no more are taken at once; wait for an answer first");
    assertThat(other.ask("ping", "{}").has("result")).isTrue();

    gate.countDown();
    assertThat(text(client.next("first"))).isEqualTo("through");
    client.finish(Duration.ofSeconds(20));
    assertThat(text(other.ask("tools/call", "{\"name\":\"wait\"}"))).isEqualTo("through");
  }

  @Test
  void a_refused_id_costs_no_place() throws InterruptedException {
    var client = new TestClient(new Dispatcher(IDENTITY, List.of(waiting()), 2)).greeted();
    client.request("1", "tools/call", "{\"name\":\"wait\"}");
    for (var i = 0; i < 3; i++) {
      client.request("1", "tools/call", "{\"name\":\"wait\"}");
      assertThat(client.next().path("error").path("message").asString())
          .isEqualTo("a request with this id is still in progress");
    }
    gate.countDown();
    client.next("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"x\"", "5", "3000000000", "99999999999999999999"})
  void a_request_is_cancelled_by_its_id_of_any_kind(String id) throws InterruptedException {
    var client = new TestClient(waiting()).greeted();
    client.request(id, "tools/call", "{\"name\":\"wait\"}");
    begun.await();
    client.send(
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%s}}"
            .formatted(id));

    ended.await();
    client.finish(Duration.ofSeconds(20));
    assertThat(client.hasNoMore()).isTrue();
  }

  @Test
  void a_handler_with_a_bug_is_told_and_the_next_request_is_answered() {
    var client =
        new TestClient(
                Tools.of(
                    "bug",
                    (link, call) -> {
                      throw new IllegalStateException("no such thing");
                    }))
            .greeted();

    var error = client.ask("tools/call", "{\"name\":\"bug\"}").path("error");
    assertThat(error.path("code").asInt()).isEqualTo(-32603);
    assertThat(error.path("message").asString())
        .isEqualTo("tools/call failed: java.lang.IllegalStateException: no such thing");
    assertThat(client.ask("tools/list", "{}").path("result").path("tools")).hasSize(1);
  }

  @Test
  void what_is_not_offered_is_not_there() {
    var client = new TestClient(waiting()).greeted();

    for (var method :
        List.of("resources/list", "prompts/list", "completion/complete", "logging/setLevel")) {
      var error = client.ask(method, "{}").path("error");
      assertThat(error.path("code").asInt()).isEqualTo(-32601);
      assertThat(error.path("message").asString()).isEqualTo("Method not found: " + method);
    }
  }
}
