package dev.caisson.mcp.endtoend;

import static dev.caisson.mcp.endtoend.SessionClient.lines;
import static dev.caisson.mcp.endtoend.SessionClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plots with the libraries themselves: {@code caisson test libraries}. Not found among the tests by
 * its name, because the data image is built on request alone.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class PlotsOfTheDataImage {

  private DaemonProcess daemon;
  private SessionClient client;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    daemon = new DaemonProcess(folder);
    client = new SessionClient(daemon.socket());
    client.begin("data");
    client.run(
        """
        import numpy as np, pandas as pd, os
        frame = pd.DataFrame({"_day": pd.date_range("2024-01-01", periods=3), "$a": [1, None, 3], "b$": [3, 2, 1]})
        series = pd.Series(list("aab")).value_counts()
        many = pd.DataFrame({"v": np.random.default_rng(0).normal(size=1_500_000)})
        matrix = np.arange(6).reshape(3, 2)
        times = np.arange("2024-01-01", "2024-01-04", dtype="datetime64[D]")
        dated = {"when": times, "v": np.float32([1, 2, 3])}
        frame.to_csv("frame.csv", index=False)
        frame.to_json("frame.json", orient="records", date_format="iso")
        before = set(globals())
        """);
  }

  @AfterAll
  void stop() throws InterruptedException {
    client.close();
    daemon.close();
  }

  private void assertDrawn(String summary, String kind, Object... arguments) {
    var result = client.plot(kind, arguments);
    assertThat(result.isError()).as(text(result)).isFalse();
    assertThat(lines(result)).contains(summary);
    assertThat(result.content())
        .filteredOn(ImageContent.class::isInstance)
        .singleElement()
        .isInstanceOfSatisfying(
            ImageContent.class,
            image -> {
              assertThat(image.mimeType()).isEqualTo("image/png");
              var header = ByteBuffer.wrap(Base64.getDecoder().decode(image.data()), 16, 8);
              assertThat(List.of(header.getInt(), header.getInt())).containsExactly(800, 500);
            });
  }

  @Test
  void every_kind_is_drawn_of_a_file() {
    for (var file : List.of("frame.csv", "frame.json")) {
      for (var kind : List.of("line", "scatter", "bar")) {
        assertDrawn(
            kind + ": '$a', 'b$' over '_day' of '" + file + "', 3 rows",
            kind,
            "file",
            file,
            "title",
            "$ and $");
      }
      assertDrawn(
          "histogram: '$a', 'b$' of '" + file + "', 3 rows",
          "histogram",
          "file",
          file,
          "y",
          List.of("$a", "b$"));
    }
  }

  @Test
  void values_of_pandas_and_numpy_are_drawn() {
    assertDrawn("line: '$a', 'b$' over '_day' of 'frame', 3 rows", "line", "variable", "frame");
    assertDrawn("bar: 'count' of 'series', 2 rows", "bar", "variable", "series");
    assertDrawn("scatter: 'y' over 'x' of 'matrix', 3 rows", "scatter", "variable", "matrix");
    assertDrawn("line: 'v' over 'when' of 'dated', 3 rows", "line", "variable", "dated");
  }

  @Test
  void millions_of_rows_are_thinned_out() {
    assertDrawn(
        "note: of 1,500,000 rows only 1 of 2 is drawn, evenly spread",
        "histogram",
        "variable",
        "many");
    assertDrawn("scatter: 'v' of 'many', 100,000 rows", "scatter", "variable", "many");
  }

  @Test
  void a_character_that_no_font_has_is_told() {
    var result = client.plot("bar", "variable", "series", "title", "日");

    assertThat(text(result)).contains("note: Glyph 26085").contains("missing from font(s)");
  }

  @Test
  void mistakes_are_told_in_a_line() {
    client.write("ragged.csv", "a,b\n1,2\n1,2,3\n");

    assertThat(text(client.plot("line", "file", "ragged.csv")))
        .startsWith("'ragged.csv' cannot be read as CSV: ")
        .endsWith("Expected 2 fields in line 3, saw 3");
    assertThat(text(client.plot("line", "variable", "series", "y", "cuont")))
        .isEqualTo(
            "there is no column 'cuont' in 'series': did you mean 'count'? Its columns are 'count'");
  }

  @Test
  void nothing_of_it_stays_in_the_session() {
    client.plot("line", "variable", "frame", "title", "日");

    assertThat(
            text(
                client.run(
                    "import sys; plt = sys.modules['matplotlib.pyplot']\n"
                        + "sorted(set(globals()) - before - {'before', 'sys', 'plt'}),"
                        + " plt.get_fignums()")))
        .isEqualTo("=> ([], [])");
  }
}
