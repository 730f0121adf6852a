package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.relay.SessionHost.NewSession;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

final class SessionsToolTest {

  private static String text(JsonNode result) {
    return result.path("content").path(0).path("text").asString("");
  }

  private static JsonNode sessions(Session client, String... arguments) {
    var all = new LinkedHashMap<String, Object>();
    for (var i = 0; i < arguments.length; i += 2) {
      all.put(arguments[i], arguments[i + 1]);
    }
    return client.call("sessions", all);
  }

  private static JsonNode create(Session client, String name) {
    return sessions(client, "action", "create", "name", name);
  }

  @Test
  void a_session_is_made_listed_reset_and_ended_by_its_name() {
    try (var client = new Session().greeted()) {
      assertThat(text(sessions(client, "action", "list")))
          .isEqualTo("There are no sessions. action \"create\" makes one.");

      var made = create(client, "work");
      assertThat(text(made))
          .isEqualTo(
              "session 'work' (session-1) is there: 'work' (session-1): idle for 3 s; policy"
                  + " default; 0 runs; 34 MiB; ends after 30 min without use, in 8 h at the latest;"
                  + " of this connection");
      assertThat(made.path("structuredContent").path("sessions").path(0).path("id").asString())
          .isEqualTo("session-1");

      assertThat(text(sessions(client, "action", "list"))).startsWith("'work' (session-1): idle");
      var reset = sessions(client, "action", "reset", "session", "work");
      assertThat(reset.path("structuredContent").path("sessions").path(0).path("restarts").asInt())
          .isEqualTo(1);
      assertThat(text(sessions(client, "action", "interrupt", "session", "work")))
          .isEqualTo("nothing was running in session session-1");
      assertThat(text(sessions(client, "action", "end", "session", "work")))
          .isEqualTo("session session-1 has ended, with its files");
      assertThat(client.host.list()).isEmpty();
    }
  }

  @Test
  void times_and_descriptions_are_passed_on() {
    try (var client = new Session().greeted()) {
      sessions(
          client,
          "action",
          "create",
          "name",
          "work",
          "description",
          "one\ntwo",
          "idle_timeout",
          "90s",
          "time_to_live",
          "1h");

      assertThat(client.host.list())
          .singleElement()
          .satisfies(made -> {
            assertThat(made.idleTimeout()).hasSeconds(90);
            assertThat(made.timeLeft()).hasHours(1);
            assertThat(made.description()).isEqualTo("one\ntwo");
          });
      assertThat(text(sessions(client, "action", "list"))).endsWith("; one\\u000atwo");
    }
  }

  @Test
  void those_of_other_connections_are_listed_and_marked_and_can_be_used() throws Exception {
    var host = new FakeSessionHost();
    host.create(new NewSession("theirs", "", "", Optional.empty(), Optional.empty()));
    try (var client =
        new Session(host, new FrontendOptions("", SessionPerConnection.NO)).greeted()) {
      create(client, "mine");

      var listed = sessions(client, "action", "list");
      assertThat(text(listed).lines())
          .satisfiesExactly(
              line -> assertThat(line).startsWith("'theirs'").endsWith("of another connection"),
              line -> assertThat(line).startsWith("'mine'").endsWith("of this connection"));
      assertThat(listed.path("structuredContent").path("sessions"))
          .extracting(session -> session.path("own").asBoolean())
          .containsExactly(false, true);
      assertThat(text(sessions(client, "action", "end", "session", "theirs")))
          .isEqualTo("session session-1 has ended, with its files");
    }
  }

  @Test
  void an_unknown_session_is_an_error_that_names_the_others_and_says_how_to_make_one() {
    try (var client = new Session().greeted()) {
      client.call("r", "run_code", Map.of("code", "session", "session", "work"), Map.of());
      assertThat(text(client.next("r").path("result")))
          .isEqualTo(
              "there is no session 'work' (it may have ended); there are no sessions. Make one with"
                  + " the tool sessions, action \"create\" and a name.");

      create(client, "plots");
      client.call("s", "run_code", Map.of("code", "session", "session", "work"), Map.of());
      var refused = client.next("s").path("result");
      assertThat(text(refused)).contains("; the sessions are 'plots' (session-1). Make one");
      assertThat(refused.path("isError").asBoolean()).isTrue();
      assertThat(refused.path("structuredContent").path("outcome").asString()).isEqualTo("NOT_RUN");
    }
  }

  @Test
  void a_name_that_two_have_is_refused_unless_one_is_of_this_connection() throws Exception {
    var host = new FakeSessionHost();
    for (var count = 0; count < 2; count++) {
      host.create(new NewSession("twin", "", "", Optional.empty(), Optional.empty()));
    }
    try (var client =
        new Session(host, new FrontendOptions("", SessionPerConnection.NO)).greeted()) {
      assertThat(text(sessions(client, "action", "reset", "session", "twin")))
          .isEqualTo(
              "there are 2 sessions of the name 'twin': say which by its id: session-1, session-2");

      create(client, "twin");
      client.call("r", "run_code", Map.of("code", "session", "session", "twin"), Map.of());
      assertThat(text(client.next("r").path("result"))).isEqualTo("session-3");
    }
  }

  @Test
  void this_connection_makes_no_second_one_of_a_name_until_the_first_has_ended() throws Exception {
    try (var client = new Session().greeted()) {
      create(client, "work");
      var second = create(client, "work");
      assertThat(second.path("isError").asBoolean()).isTrue();
      assertThat(text(second))
          .isEqualTo(
              "there is a session 'work' (session-1) already: use it, end it, or choose another"
                  + " name");

      client.host.end("session-1");
      assertThat(create(client, "work").path("isError").asBoolean()).isFalse();
    }
  }

  @Test
  void one_that_has_ended_by_itself_says_so_when_it_is_used() throws Exception {
    try (var client = new Session().greeted()) {
      create(client, "work");
      client.host.end("session-1");

      assertThat(text(sessions(client, "action", "reset", "session", "work")))
          .startsWith(
              "session session-1 has ended, with its variables and files: idle for too long")
          .endsWith(
              "there are no sessions. Make one with the tool sessions, action \"create\" and a"
                  + " name.");
      assertThat(text(sessions(client, "action", "reset", "session", "work")))
          .startsWith("there is no session 'work'");
    }
  }

  @Test
  void a_session_that_is_not_named_is_asked_for() {
    try (var client = new Session().greeted()) {
      assertThat(text(sessions(client, "action", "end")))
          .startsWith("'session' is missing: there are no sessions.");
    }
  }

  @Test
  void what_the_daemon_refuses_is_told() {
    try (var client = new Session().greeted()) {
      assertThat(text(sessions(client, "action", "create", "policy", "nowhere")))
          .isEqualTo("there is no policy 'nowhere'");
      assertThat(text(sessions(client, "action", "create", "idle_timeout", "soon")))
          .isEqualTo("'soon' is not a duration; write for example 500ms, 10s or 2m");
    }
  }

  @Test
  void an_unknown_action_is_refused_with_the_known_ones() {
    try (var client = new Session().greeted()) {
      var refused = sessions(client, "action", "drop");

      assertThat(refused.path("isError").asBoolean()).isTrue();
      assertThat(text(refused)).contains("action").contains("list");
    }
  }

  private static List<String> toolsWithPolicy(Session client) {
    var names = new ArrayList<String>();
    for (var tool : client.ask("tools/list", Map.of()).path("result").path("tools")) {
      if (tool.path("inputSchema").path("properties").has("policy")) {
        names.add(tool.path("name").asString());
      }
    }
    return names;
  }

  @Test
  void a_policy_that_is_not_fixed_can_be_asked_for_where_something_is_made() {
    try (var client = new Session().greeted()) {
      assertThat(toolsWithPolicy(client)).containsExactly("run_code", "sessions");
    }
  }

  @Test
  void a_policy_that_is_fixed_is_that_of_every_session_and_cannot_be_asked_for() {
    var options = new FrontendOptions("offline", SessionPerConnection.YES);
    try (var client = new Session(new FakeSessionHost(), options).greeted()) {
      assertThat(toolsWithPolicy(client)).isEmpty();
      create(client, "work");
      client.run("r", "session");
      client.next("r");

      assertThat(client.host.list())
          .extracting(session -> session.policy())
          .containsExactly("offline", "offline");
    }
  }
}
