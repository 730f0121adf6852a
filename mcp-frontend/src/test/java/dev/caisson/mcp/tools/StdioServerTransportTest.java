package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.FakeCodeRunner;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

final class StdioServerTransportTest {

  private static String text(JsonNode answer) {
    return answer.path("result").path("content").path(0).path("text").asString("");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          not json at all                                        | -32700
          {"jsonrpc":"2.0","id":1,                               | -32700
          [{"jsonrpc":"2.0","id":1,"method":"ping"}]             | -32600
          "text"                                                 | -32600
          {"jsonrpc":"2.0","id":null,"method":"ping"}            | -32600
          {"jsonrpc":"2.0","id":{},"method":"ping"}              | -32600
          {"jsonrpc":"1.0","id":1,"method":"ping"}               | -32600
          {"jsonrpc":"2.0","id":1,"method":5}                    | -32600
          {"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}  | -32600
          {"jsonrpc":"2.0","id":1}                               | -32600
          """)
  void a_line_that_is_no_message_is_answered_and_changes_nothing_else(String line, int code) {
    try (var session = new Session().greeted()) {
      session.send(line);
      assertThat(session.next().path("error").path("code").asInt()).isEqualTo(code);

      session.run("after", "print still here");
      assertThat(text(session.next("after"))).isEqualTo("still here");
    }
  }

  @Test
  void blank_lines_and_responses_to_nothing_are_ignored() {
    try (var session = new Session().greeted()) {
      session.send("");
      session.send("   ");
      session.send("{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}");
      session.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/unheard-of\"}");
      session.run("after", "print still here");

      assertThat(text(session.next("after"))).isEqualTo("still here");
    }
  }

  @Test
  void a_line_over_the_limit_is_refused_and_the_next_is_understood() {
    try (var session = new Session().greeted()) {
      session.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + "x".repeat(9 << 20) + "\"}");
      assertThat(session.next().path("error").path("message").asString())
          .isEqualTo("the message is longer than 8 MiB");

      session.run("after", "print still here");
      assertThat(text(session.next("after"))).isEqualTo("still here");
    }
  }

  @Test
  void a_request_before_initialize_is_refused_at_once() {
    try (var session = new Session()) {
      session.send("{\"jsonrpc\":\"2.0\",\"id\":\"early\",\"method\":\"tools/list\"}");

      assertThat(session.next("early").path("error").path("message").asString())
          .isEqualTo("send 'initialize' before 'tools/list'");
    }
  }

  @Test
  void a_request_between_initialize_and_initialized_is_answered() {
    try (var session = new Session()) {
      session.initialize();
      session.send("{\"jsonrpc\":\"2.0\",\"id\":\"eager\",\"method\":\"tools/list\"}");

      session.next("hello");
      assertThat(session.next("eager").path("result").path("tools")).hasSize(7);
    }
  }

  @Test
  void arguments_that_are_null_are_as_good_as_left_out() {
    try (var session = new Session().greeted()) {
      session.send(
          """
          {"jsonrpc":"2.0","id":"n","method":"tools/call","params":{"name":"run_code","arguments":\
          {"code":"print x","session":null,"outputs":null,"changed_files":null,"timeout":null,\
          "policy":null}}}\
          """);
      assertThat(text(session.next("n"))).isEqualTo("x");

      session.send(
          """
          {"jsonrpc":"2.0","id":"l","method":"tools/call","params":{"name":"sessions","arguments":\
          {"action":"list","session":null,"clear_files":null}}}\
          """);
      assertThat(text(session.next("l"))).startsWith("There are no sessions.");
    }
  }

  @Test
  void a_ping_is_answered_at_any_time() {
    try (var session = new Session()) {
      session.send("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}");

      assertThat(session.next("p").path("result").isObject()).isTrue();
    }
  }

  @Test
  void an_unknown_method_is_not_found_before_and_after_initialize() {
    try (var session = new Session()) {
      session.send("{\"jsonrpc\":\"2.0\",\"id\":\"d\",\"method\":\"made/up\"}");
      assertThat(session.next("d").path("error").path("code").asInt()).isEqualTo(-32601);

      session.greeted();
      session.send("{\"jsonrpc\":\"2.0\",\"id\":\"e\",\"method\":\"made/up\"}");
      assertThat(session.next("e").path("error").path("code").asInt()).isEqualTo(-32601);
    }
  }

  @Test
  void what_is_in_flight_at_the_end_of_input_is_answered() throws InterruptedException {
    var session = new Session().greeted();
    session.run("slow", "gate\nprint late but there");
    Thread.ofVirtual().start(session.runner.opened::countDown);

    assertThat(session.rest())
        .hasSize(1)
        .first()
        .satisfies(a -> assertThat(text(a)).isEqualTo("late but there"));
  }

  @Test
  void what_does_not_end_is_cancelled_when_the_time_after_the_end_of_input_is_over() {
    var session = new Session(Duration.ofMillis(50)).greeted();
    session.run("stuck", "wait");

    assertThat(session.rest()).isEmpty();
    assertThat(session.runner.cancelled.getCount()).isZero();
  }

  @Test
  void a_cancelled_request_has_its_run_cancelled_and_is_not_answered() throws InterruptedException {
    var session = new Session().greeted();
    session.run("long", "print begun\nwait");
    session.runner.waiting.await();
    session.cancel("long");
    session.runner.cancelled.await();
    session.run("after", "print still here");

    assertThat(text(session.next("after"))).isEqualTo("still here");
    assertThat(session.rest()).isEmpty();
  }

  @Test
  void nothing_is_said_of_a_cancelled_request_not_even_progress() throws InterruptedException {
    var session = new Session().greeted();
    session.call("long", "run_code", Map.of("code", "wait"), Map.of("progressToken", "t"));
    session.runner.waiting.await();
    session.cancel("long");
    session.runner.cancelled.await();

    assertThat(session.rest()).isEmpty();
  }

  @Test
  void cancelling_what_is_not_there_changes_nothing() {
    try (var session = new Session().greeted()) {
      session.cancel("never-was");
      session.run("after", "print still here");

      assertThat(text(session.next("after"))).isEqualTo("still here");
    }
  }

  @Test
  void an_id_that_is_in_use_is_refused() throws InterruptedException {
    try (var session = new Session().greeted()) {
      session.run("twice", "gate\nprint first");
      session.run("twice", "print second");

      assertThat(session.next("twice").path("error").path("message").asString())
          .isEqualTo("a request with this id is still in progress");
      session.runner.opened.countDown();
      assertThat(text(session.next("twice"))).isEqualTo("first");
    }
  }

  @Test
  void an_id_is_free_again_as_soon_as_the_client_has_the_answer() throws InterruptedException {
    var session = new Session(Duration.ofSeconds(20), SlowToReturn::new).greeted();
    session.run("again", "print first");
    assertThat(text(session.next("again"))).isEqualTo("first");
    // The thread of the first one is still in its write.
    session.run("again", "wait");

    assertThat(session.runner.waiting.await(20, TimeUnit.SECONDS)).isTrue();
    session.cancel("again");
    session.runner.cancelled.await();
    assertThat(session.rest()).isEmpty();
  }

  /** Returns from writing an answer to "again" only when the next program runs. */
  private static final class SlowToReturn extends FilterOutputStream {
    private final FakeCodeRunner runner;

    SlowToReturn(OutputStream out, FakeCodeRunner runner) {
      super(out);
      this.runner = runner;
    }

    @Override
    public void write(byte[] message) throws IOException {
      out.write(message);
      if (new String(message, StandardCharsets.UTF_8).contains("\"id\":\"again\"")) {
        try {
          var unused = runner.waiting.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException stop) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  @Test
  void many_requests_at_once_are_each_answered_once() {
    try (var session = new Session().greeted()) {
      var ids = new HashSet<Integer>();
      for (var i = 0; i < 500; i++) {
        session.run(i, "print " + i);
      }
      for (var i = 0; i < 500; i++) {
        var answer = session.next();
        assertThat(text(answer)).isEqualTo(answer.path("id").asString(""));
        ids.add(answer.path("id").asInt());
      }
      assertThat(ids).hasSize(500);
    }
  }
}
