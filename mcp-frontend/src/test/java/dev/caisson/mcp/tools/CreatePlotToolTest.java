package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.relay.Pictures;
import dev.caisson.mcp.relay.Program;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class CreatePlotToolTest {

  private static final String DRAWN =
      """
      drawn PNG1 {"path": "plot.png", "size": 7, "summary": "line: 'a' of 'x.csv', 2 rows", \
      "notes": ["left out: 1 value"]}\
      """;

  private final Session client = new Session();

  @BeforeEach
  void session() {
    client.greeted();
    client.call("sessions", Map.of("action", "create", "name", "work"));
  }

  @AfterEach
  void close() {
    client.close();
  }

  private static String text(JsonNode result) {
    return result.path("content").path(0).path("text").asString("");
  }

  private JsonNode plot(Object... arguments) {
    var all = new LinkedHashMap<String, Object>(Map.of("kind", "line", "session", "work"));
    for (var i = 0; i < arguments.length; i += 2) {
      all.put(String.valueOf(arguments[i]), arguments[i + 1]);
    }
    return client.call("create_plot", all);
  }

  /** What a call without a mistake gives when the session says this. */
  private JsonNode plotWith(String orders) {
    client.runner.instead.add(orders);
    return plot("file", "x.csv");
  }

  private void assertRefused(JsonNode result, String why) {
    assertThat(text(result)).isEqualTo(why);
    assertThat(result.path("isError").asBoolean()).isTrue();
    assertThat(client.runner.replaced).isEmpty();
  }

  private Program asked(Object... arguments) {
    client.runner.instead.add(DRAWN);
    plot(arguments);
    return Objects.requireNonNull(client.runner.replaced.poll());
  }

  private static JsonNode request(Program program) {
    return JsonMapper.shared().readTree(program.arguments().getFirst());
  }

  @Test
  void a_plot_is_an_image_and_the_path_of_its_file() {
    var result = plotWith(DRAWN);

    var png = Pictures.png("1");
    assertThat(text(result))
        .isEqualTo(
            """
            plot.png [image 1: image/png, %d B]
            line: 'a' of 'x.csv', 2 rows
            note: left out: 1 value\
            """
                .formatted(png.length));
    assertThat(result.path("isError").asBoolean()).isFalse();
    assertThat(result.path("content")).hasSize(2);
    assertThat(Base64.getDecoder().decode(result.path("content").path(1).path("data").asString()))
        .isEqualTo(png);
    assertThat(result.path("structuredContent"))
        .hasToString(
            "{\"path\":\"plot.png\",\"uri\":\"caisson://session/session-1/plot.png\","
                + "\"session\":\"session-1\",\"size\":7,"
                + "\"summary\":\"line: 'a' of 'x.csv', 2 rows\",\"notes\":[\"left out: 1 value\"]}");
  }

  @Test
  void what_is_asked_for_goes_in_as_data_and_the_program_is_always_the_same() {
    var hostile = "'''\"\n\\ {} $(x) \u2028 __import__('os')";
    var plain = asked("file", "x.csv");
    var full =
        asked(
            "kind",
            "bar",
            "variable",
            hostile,
            "x",
            hostile,
            "y",
            List.of(hostile, "b"),
            "title",
            hostile,
            "path",
            "out/p.png");

    assertThat(full.code()).isEqualTo(plain.code()).doesNotContain("__import__('os')");
    assertThat(request(full))
        .isEqualTo(
            JsonMapper.shared()
                .valueToTree(
                    Map.of(
                        "kind",
                        "bar",
                        "file",
                        "",
                        "variable",
                        hostile,
                        "x",
                        hostile,
                        "y",
                        List.of(hostile, "b"),
                        "title",
                        hostile,
                        "path",
                        "out/p.png")));
    assertThat(plain.session()).isEqualTo("session-1");
    assertThat(plain.policy()).isEmpty();
  }

  @Test
  void one_column_needs_no_list_and_an_ending_is_added() {
    assertThat(request(asked("file", "x.csv", "y", "a")).path("y")).hasToString("[\"a\"]");
    assertThat(request(asked("file", "x.csv", "y", "")).path("y")).hasToString("[]");
    assertThat(request(asked("file", "x.csv", "path", "a.b/p")).path("path").asString())
        .isEqualTo("a.b/p.png");
    assertThat(request(asked("file", "x.csv", "path", "P.PNG")).path("path").asString())
        .isEqualTo("P.PNG");
  }

  @Test
  void what_is_empty_or_null_is_as_good_as_nothing() {
    var request = new LinkedHashMap<String, Object>();
    request.put("kind", "line");
    request.put("file", "");
    request.put("variable", "v");
    request.put("title", null);
    request.put("session", "work");
    client.runner.instead.add(DRAWN);

    assertThat(client.call("create_plot", request).path("isError").asBoolean()).isFalse();
  }

  @Test
  void a_call_that_is_wrong_in_itself_runs_nothing() {
    client.runner.instead.add(DRAWN);

    assertRefused(
        plot(),
        "there is nothing to plot: give 'file', a CSV or JSON file of the workspace, or 'variable',"
            + " the name of a variable of the session");
    assertRefused(
        plot("file", "x.csv", "variable", "v"),
        "'file' and 'variable' are both there: give one of them");
    for (var path : List.of("p.jpg", "data.csv", "out/")) {
      assertRefused(
          plot("file", "x.csv", "path", path),
          "'path' is '" + path + "'; it has to be the name of a PNG file, such as plot.png");
    }
    assertRefused(
        client.call("create_plot", Map.of("kind", "line", "file", "x.csv")),
        "'session' is missing: the sessions are 'work' (session-1). Make one with the tool sessions,"
            + " action \"create\" and a name.");
  }

  @Test
  void a_kind_that_is_not_there_is_told_with_those_that_are() {
    var result = plot("kind", "pie", "file", "x.csv");

    assertThat(result.path("isError").asBoolean()).isTrue();
    assertThat(text(result)).contains("kind", "line", "scatter", "bar", "histogram");
    assertThat(client.runner.replaced).isEmpty();
  }

  @Test
  void what_cannot_be_drawn_is_an_error_of_a_line() {
    var result = plotWith("value {\"error\": \"there is no column 'a' in 'x.csv'\"}");

    assertThat(text(result)).isEqualTo("there is no column 'a' in 'x.csv'");
    assertThat(result.path("isError").asBoolean()).isTrue();
    assertThat(result.path("content")).hasSize(1);
  }

  @Test
  void a_session_without_the_library_is_told_and_what_to_do() {
    assertThat(text(plotWith("value {\"missing\": \"matplotlib\"}")))
        .isEqualTo(
            "session session-1 has no matplotlib, because of its policy 'default': make one with the"
                + " tool sessions, action \"create\", policy \"data\", and bring file or variable"
                + " there");
  }

  @Test
  void a_frontend_with_a_policy_draws_under_it_and_says_how_to_start_it_where_it_has_no_library() {
    var options = new FrontendOptions("small", SessionPerConnection.NO);
    try (var fixed = new Session(new FakeSessionHost(), options).greeted()) {
      fixed.call("sessions", Map.of("action", "create", "name", "work"));
      fixed.runner.instead.add("value {\"missing\": \"matplotlib\"}");
      var request = Map.of("kind", "line", "file", "x.csv", "session", "work");

      assertThat(text(fixed.call("create_plot", request)))
          .endsWith(": plots need this frontend to be started with --policy data");
      assertThat(fixed.runner.replaced)
          .singleElement()
          .satisfies(program -> assertThat(program.policy()).isEqualTo("small"));
    }
  }

  @Test
  void a_run_that_fails_is_told_without_a_traceback() {
    var result = plotWith("fail out of luck");

    assertThat(text(result)).isEqualTo("FAILED: ValueError: out of luck");
    assertThat(result.path("isError").asBoolean()).isTrue();
  }

  @Test
  void what_a_session_makes_up_instead_of_an_answer_is_no_plot() {
    for (var orders : List.of("print x", "value [1]", "value {\"path\": 1}", "value {oops")) {
      var result = plotWith(orders);

      assertThat(text(result))
          .startsWith("the session gave no plot and no reason: reset it, and try again");
      assertThat(result.path("isError").asBoolean()).isTrue();
    }
  }

  @Test
  void an_image_that_is_none_never_reaches_the_client_as_one() {
    var result = plotWith("drawn <script> {\"path\": \"a\\u202eb.png\"}");

    assertThat(text(result))
        .isEqualTo("a\\u202eb.png [no image: the bytes are not image/png, 8 B]");
    assertThat(result.path("content")).hasSize(1);
    assertThat(text(plotWith("value {\"path\": \"plot.png\"}")))
        .isEqualTo("plot.png [no image came with it]");
  }

  @Test
  void variables_that_were_lost_and_output_of_the_session_are_told() {
    assertThat(
            text(plotWith("lost the deadline\nprint late\nvalue {\"error\": \"there is no 'v'\"}")))
        .isEqualTo(
            "there is no 'v'\nnote: before this run the session had lost its variables and imports;"
                + " its files are there: the deadline\noutput:\nlate");
  }

  @Test
  void a_session_that_has_ended_is_told() throws Exception {
    client.host.end("session-1");

    assertThat(text(plotWith("gone")))
        .startsWith("session session-1 has ended, with its variables");
  }

  @Test
  void the_session_of_a_connection_is_drawn_from_and_not_made_for_it() {
    var host = new FakeSessionHost();
    var options = new FrontendOptions("", SessionPerConnection.YES);
    try (var own = new Session(host, options).greeted()) {
      var request = Map.of("kind", "line", "file", "x.csv");
      assertThat(text(own.call("create_plot", request)))
          .isEqualTo("this connection has no session yet");
      assertThat(host.made()).isZero();

      own.call("run_code", Map.of("code", "print x"));
      own.runner.instead.add(DRAWN);
      assertThat(own.call("create_plot", request).path("structuredContent").path("session"))
          .hasToString("\"session-1\"");
    }
  }
}
