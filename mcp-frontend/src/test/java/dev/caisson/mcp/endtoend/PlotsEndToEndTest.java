package dev.caisson.mcp.endtoend;

import static dev.caisson.mcp.endtoend.SessionClient.lines;
import static dev.caisson.mcp.endtoend.SessionClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Plots in sandboxes of the base image, where a stand-in for matplotlib writes down what it is told
 * to draw. Those of matplotlib itself are {@link PlotsOfTheDataImage}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class PlotsEndToEndTest {

  private static final List<String> STAND_IN =
      List.of("__init__.py", "figure.py", "backends/__init__.py", "backends/backend_agg.py");

  private DaemonProcess daemon;
  private SessionClient client;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    daemon = new DaemonProcess(folder);
    client = new SessionClient(daemon.socket());
  }

  @AfterAll
  void stop() throws InterruptedException {
    client.close();
    daemon.close();
  }

  @BeforeEach
  void freshSession() throws IOException {
    client.begin("default");
    for (var name : STAND_IN) {
      try (var source =
          Objects.requireNonNull(getClass().getResourceAsStream("/fake_matplotlib/" + name))) {
        client.write(
            "matplotlib/" + name, new String(source.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
  }

  /** The arguments of the calls of this name. */
  private List<JsonNode> drawn(String call) {
    var found = new ArrayList<JsonNode>();
    for (var one : JsonMapper.shared().readTree(client.read("drawn.json"))) {
      if (one.path(0).asString().equals(call)) {
        found.add(one.path(1));
      }
    }
    return found;
  }

  private void assertDrawn(CallToolResult result, String summary, String call, String arguments) {
    assertThat(result.isError()).as(text(result)).isFalse();
    assertThat(lines(result)).contains(summary);
    assertThat(drawn(call)).first().hasToString(arguments);
  }

  private static void assertRefused(CallToolResult result, String why) {
    assertThat(text(result)).isEqualTo(why);
    assertThat(result.isError()).isTrue();
  }

  @Test
  void a_session_without_matplotlib_is_told_what_has_it() {
    client.run("import shutil; shutil.rmtree('matplotlib')");
    client.write("rows.csv", "a,b\n1,2\n");

    var result = client.plot("line", "file", "rows.csv");

    assertThat(result.isError()).isTrue();
    assertThat(lines(result)).hasSize(1);
    assertThat(text(result))
        .contains("has no matplotlib, because of its policy 'default': make one with")
        .contains("policy \"data\"");
  }

  @Test
  void a_file_is_drawn_shown_and_kept_and_none_is_overwritten_without_a_word() {
    client.write("rows.csv", "month; sales;cost\n2024-01;1;5\n2024-02;2.5;\n");

    var result = client.plot("line", "file", "rows.csv", "x", "month", "y", List.of("sales"));

    assertDrawn(
        result,
        "line: 'sales' over 'month' of 'rows.csv', 2 rows",
        "plot",
        "[[\"2024-01-01 00:00:00\",\"2024-02-01 00:00:00\"],[1.0,2.5]]");
    assertThat(lines(result).getFirst()).isEqualTo("plot.png [image 1: image/png, 70 B]");
    assertThat(result.content().get(1)).isInstanceOf(ImageContent.class);
    var more = client.plot("line", "file", "/workspace/rows.csv", "title", "日");
    assertThat(lines(more))
        .containsExactly(
            "plot-1.png [image 1: image/png, 70 B]",
            "line: 'sales', 'cost' over 'month' of '/workspace/rows.csv', 2 rows",
            "note: left out because they are missing or infinite: 1 value",
            "note: Glyph missing");
    assertThat(lines(client.plot("line", "file", "rows.csv", "path", "out/ä b")).getFirst())
        .startsWith("out/ä b.png [image 1");
    assertThat(text(client.run("import os; sorted(n for n in os.listdir() if 'plot' in n)")))
        .isEqualTo("=> ['matplotlib', 'plot-1.png', 'plot.png']");
  }

  @Test
  void json_of_every_usual_shape_is_drawn() {
    client.write("rows.json", "[{\"t\": 1, \"v\": 2}, {\"t\": 2, \"v\": 4}]");
    client.write("inner.json", "{\"count\": 2, \"data\": [{\"t\": 1, \"v\": 2}]}");
    client.write("columns.json", "{\"t\": [1, 2], \"v\": [2, 4]}");
    client.write("lines.jsonl", "{\"t\": 1, \"v\": 2}\n\n{\"t\": 2, \"v\": 4}\n");
    client.write("pairs.json", "[[1, 2], [2, 4]]");
    var both = "[[1.0,2.0],[2.0,4.0]]";

    for (var file : List.of("rows.json", "columns.json", "lines.jsonl")) {
      assertDrawn(
          client.plot("line", "file", file),
          "line: 'v' over 't' of '" + file + "', 2 rows",
          "plot",
          both);
    }
    assertDrawn(
        client.plot("scatter", "file", "inner.json"),
        "scatter: 'v' over 't' of 'inner.json', 1 row",
        "scatter",
        "[[1.0],[2.0]]");
    assertDrawn(
        client.plot("line", "file", "pairs.json"),
        "line: 'y' over 'x' of 'pairs.json', 2 rows",
        "plot",
        both);
  }

  @Test
  void variables_of_every_usual_kind_are_drawn() {
    client.run(
        """
        from collections import Counter, namedtuple
        from datetime import date
        numbers = range(3)
        counts = Counter("aab")
        columns = {"when": [date(2024, 1, 1), None], "v": (1, 2)}
        Point = namedtuple("Point", "east north")
        points = [Point(1, 2), Point(3, 4)]
        """);

    assertDrawn(
        client.plot("line", "variable", "numbers"),
        "line: 'numbers' of 'numbers', 3 rows",
        "plot",
        "[[0,1,2],[0.0,1.0,2.0]]");
    assertDrawn(
        client.plot("bar", "variable", "counts", "title", "T"),
        "bar: 'counts' of 'counts', 2 rows",
        "bar",
        "[[0.0,1.0],[2.0,1.0],0.8]");
    assertThat(drawn("set_xticks")).first().hasToString("[[0,1],[\"a\",\"b\"]]");
    assertThat(drawn("set_title")).first().hasToString("[\"T\"]");
    var gap = client.plot("scatter", "variable", "columns");
    assertDrawn(
        gap,
        "scatter: 'v' over 'when' of 'columns', 2 rows",
        "scatter",
        "[[\"2024-01-01 00:00:00\"],[1.0]]");
    assertThat(lines(gap)).contains("note: left out because they have no x: 1 row");
    assertDrawn(
        client.plot("line", "variable", "points"),
        "line: 'north' over 'east' of 'points', 2 rows",
        "plot",
        "[[1.0,3.0],[2.0,4.0]]");
    assertDrawn(
        client.plot("histogram", "variable", "points", "x", "north"),
        "histogram: 'north' of 'points', 2 rows",
        "hist",
        "[[2.0,4.0]]");
  }

  @Test
  void of_very_many_points_an_even_part_is_drawn_and_too_many_bars_are_refused() {
    client.run("many = list(range(100_001))");

    var result = client.plot("line", "variable", "many");

    assertThat(lines(result))
        .containsExactly(
            "plot.png [image 1: image/png, 70 B]",
            "line: 'many' of 'many', 50,001 rows",
            "note: of 100,001 rows only 1 of 2 is drawn, evenly spread");
    assertRefused(
        client.plot("bar", "variable", "many"),
        "100,001 bars are too many, 200 can be drawn: count or sum up the rows in run_code first, or"
            + " draw a histogram");
  }

  @Test
  void the_variables_of_the_session_stay_as_they_were() {
    client.run("numbers = [1, 2]; result = 'mine'; before = set(globals())");

    client.plot("line", "variable", "numbers", "title", "日");
    client.plot("line", "variable", "nothing");

    assertThat(text(client.run("sorted(set(globals()) - before - {'before'}), result, numbers")))
        .isEqualTo("=> ([], 'mine', [1, 2])");
  }

  @Test
  void what_is_not_there_is_told_with_the_nearest_names() {
    client.write("sales.csv", "month,sales\nJan,1\n");
    client.run("prices = [1]; import os");

    assertRefused(
        client.plot("line", "file", "sale.csv"),
        "there is no file 'sale.csv' in the workspace: did you mean 'sales.csv'?");
    assertRefused(
        client.plot("line", "file", "sales.csv", "y", "Sale"),
        "there is no column 'Sale' in 'sales.csv': did you mean 'sales'? Its columns are 'month',"
            + " 'sales'");
    assertRefused(
        client.plot("line", "variable", "price"),
        "the variable 'price' is not defined in the session: did you mean 'prices'? Its variables are"
            + " 'prices'");
    assertRefused(
        client.plot("line", "variable", "prices[0]"),
        "'variable' is 'prices[0]', which is no name: name it in run_code first");
  }

  @Test
  void what_cannot_be_drawn_is_told_in_a_line() {
    client.write("text.csv", "a,b\nx,1\ny,oops\n");
    client.write("ragged.csv", "a,b\n1,2\n1,2,3\n");
    client.write("empty.csv", "a,b\n");
    client.write("broken.json", "[1,");
    client.write("book.xlsx", "x");
    client.run(
        "word = 'x'; uneven = {'a': [1], 'b': []}; mixed = {'a': [1], 'b': 2}; nothing = []");

    assertRefused(
        client.plot("line", "file", "text.csv", "y", List.of("b")),
        "column 'b' of 'text.csv' is not numeric: row 2 is 'oops'");
    assertRefused(
        client.plot("line", "file", "text.csv"),
        "'text.csv' has no numeric column beside 'a'; its columns are 'a', 'b'");
    assertRefused(
        client.plot("histogram", "file", "text.csv", "x", "a", "y", "b"),
        "a histogram has no x beside y: name the columns to count as y alone");
    assertRefused(
        client.plot("line", "file", "ragged.csv"),
        "'ragged.csv' cannot be read as CSV: line 3 has 3 values, the first line 2");
    assertRefused(client.plot("line", "file", "empty.csv"), "'empty.csv' has no rows");
    assertThat(text(client.plot("line", "file", "broken.json")))
        .startsWith("'broken.json' cannot be read as JSON: ");
    assertRefused(
        client.plot("line", "file", "book.xlsx"),
        "'book.xlsx' is neither .csv nor .json: read it in run_code and give the variable instead");
    assertThat(text(client.plot("line", "variable", "word")))
        .startsWith("'word' is of the type str; what can be drawn is a DataFrame, ");
    assertRefused(
        client.plot("line", "variable", "uneven"),
        "the columns of 'uneven' differ in length: 'a' has 1, 'b' has 0");
    assertRefused(
        client.plot("line", "variable", "mixed"),
        "'mixed' is a dict, but neither of lists (its columns) nor of numbers (one for each key)");
    assertRefused(client.plot("line", "variable", "nothing"), "'nothing' has no rows");
  }

  @Test
  void paths_out_of_the_workspace_are_refused_and_nothing_is_written() {
    client.write("rows.csv", "a,b\n1,2\n");
    client.run("import os; os.symlink('/etc/passwd', 'link.csv'); os.symlink('/tmp', 'away')");

    for (var file : List.of("../etc/passwd", "/etc/passwd", "link.csv")) {
      assertRefused(
          client.plot("line", "file", file),
          "'" + file + "' leads out of the workspace: give a path relative to it");
    }
    for (var path : List.of("../p.png", "/tmp/p.png", "away/p.png")) {
      assertRefused(
          client.plot("line", "file", "rows.csv", "path", path),
          "'" + path + "' leads out of the workspace: give a path relative to it");
    }
    assertThat(text(client.run("os.path.exists('/tmp/p.png'), os.path.exists('drawn.json')")))
        .isEqualTo("=> (False, False)");
  }

  @Test
  void a_failure_of_the_library_is_a_line_and_the_session_goes_on() {
    client.run("numbers = [1]");
    client.write("matplotlib/figure.py", "raise RuntimeError('broken\\nby hand')");

    assertRefused(
        client.plot("line", "variable", "numbers"), "the plot failed: RuntimeError: broken");
    assertThat(text(client.run("numbers"))).isEqualTo("=> [1]");
  }
}
