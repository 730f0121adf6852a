package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(120)
final class RunsToolTest {

  private static JsonNode data(JsonNode result) {
    return result.path("structuredContent");
  }

  private static String text(JsonNode result) {
    return result.at("/content/0/text").asString("");
  }

  /** Begins a run and gives its id. */
  private static String left(Session session, String code) {
    var result = session.call("run_code", Map.of("code", code, "wait", 0));
    assertThat(data(result).path("outcome").asString("")).isEqualTo("RUNNING");
    assertThat(result.path("isError").asBoolean()).isFalse();
    return data(result).path("run").asString("");
  }

  private static JsonNode runs(Session session, Object... arguments) {
    var map = new java.util.LinkedHashMap<String, Object>();
    for (var i = 0; i < arguments.length; i += 2) {
      map.put((String) arguments[i], arguments[i + 1]);
    }
    return session.call("runs", map);
  }

  @Test
  void a_run_that_goes_on_is_picked_up_with_its_whole_result() {
    try (var session = new Session().greeted()) {
      var id = left(session, "gate\nprint hello\nvalue 42");
      assertThat(text(runs(session, "action", "wait", "run", id, "wait", 0)))
          .startsWith("still running after ")
          .contains("run \"" + id + "\", offset 0");

      session.runner.opened.countDown();
      for (var again = 0; again < 2; again++) {
        var result = runs(session, "action", "wait", "run", id);
        assertThat(text(result)).isEqualTo("hello\n=> 42");
        assertThat(data(result).path("outcome").asString()).isEqualTo("SUCCEEDED");
        assertThat(data(result).path("run_id").asString()).isEqualTo("run-1");
      }
    }
  }

  @Test
  void the_output_so_far_is_read_from_where_the_last_piece_ended() throws Exception {
    try (var session = new Session().greeted()) {
      var id = left(session, "print hello\nwait");
      assertThat(session.runner.waiting.await(20, TimeUnit.SECONDS)).isTrue();

      var piece = data(runs(session, "action", "wait", "run", id, "wait", 0));
      assertThat(piece.path("output").asString()).isEqualTo("hello\n");
      assertThat(piece.path("next_offset").asInt()).isEqualTo(6);
      var rest = data(runs(session, "action", "wait", "run", id, "wait", 0, "offset", 6));
      assertThat(rest.path("output").asString()).isEmpty();
    }
  }

  @Test
  void a_run_that_is_over_in_time_is_answered_as_ever() {
    try (var session = new Session().greeted()) {
      var result = session.call("run_code", Map.of("code", "print x", "wait", "50s"));
      assertThat(text(result)).isEqualTo("x");
      assertThat(text(runs(session, "action", "list"))).isEqualTo("No run is left to pick up.");
    }
  }

  @Test
  void a_run_can_be_cancelled_and_is_gone_then() throws Exception {
    try (var session = new Session().greeted()) {
      var id = left(session, "wait");
      assertThat(data(runs(session, "action", "list")).at("/runs/0/run").asString()).isEqualTo(id);
      assertThat(session.runner.waiting.await(20, TimeUnit.SECONDS)).isTrue();

      assertThat(text(runs(session, "action", "cancel", "run", id)))
          .isEqualTo("run " + id + " is cancelled");

      assertThat(session.runner.cancelled.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(text(runs(session, "action", "wait", "run", id))).contains("there is no run");
    }
  }

  @Test
  void who_stops_waiting_for_a_run_does_not_end_it() throws Exception {
    try (var session = new Session().greeted()) {
      var id = left(session, "gate\nvalue 1");
      session.call("w", "runs", Map.of("action", "wait", "run", id), Map.of());
      session.cancel("w");

      session.runner.opened.countDown();
      assertThat(text(runs(session, "action", "wait", "run", id))).isEqualTo("=> 1");
    }
  }

  @Test
  void the_run_of_another_client_is_unknown() {
    try (var session = new Session().greeted();
        var other = new Session().greeted()) {
      var id = left(session, "gate");
      for (var action : new String[] {"wait", "cancel"}) {
        assertThat(text(runs(other, "action", action, "run", id)))
            .contains("there is no run '" + id + "'");
      }
      session.runner.opened.countDown();
      assertThat(text(runs(session, "action", "wait", "run", id))).contains("ended well");
    }
  }

  @Test
  void what_goes_on_when_the_client_goes_is_cancelled() throws Exception {
    var session = new Session(Duration.ofSeconds(20)).greeted();
    left(session, "wait");
    assertThat(session.runner.waiting.await(20, TimeUnit.SECONDS)).isTrue();

    session.close();

    assertThat(session.runner.cancelled.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void what_is_wrong_is_explained() {
    try (var session = new Session().greeted()) {
      assertThat(text(runs(session, "action", "wait"))).startsWith("'run' is missing");
      assertThat(text(session.call("run_code", Map.of("code", "print x", "wait", "11m"))))
          .isEqualTo("'wait' is '11m'; it has to be a time from 0 to 10 minutes");
      assertThat(text(session.call("run_code", Map.of("code", "print x", "wait", "soon"))))
          .startsWith("'soon' is not a duration");
    }
  }
}
