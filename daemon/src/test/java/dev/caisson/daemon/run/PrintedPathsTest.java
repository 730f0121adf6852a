package dev.caisson.daemon.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.OutputStreamName;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintedPathsTest {

  private final PrintedPaths printed = new PrintedPaths();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "plot.png | plot.png",
        "saved to out/plot.png. | out/plot.png",
        "saved to /workspace/out/plot.png | out/plot.png",
        "file:///workspace/plot.png: done | plot.png",
        "see ./plot.png! | plot.png",
        "['a.csv', 'b c.csv'] | b c.csv",
        "PosixPath('out/data.csv') | out/data.csv",
        "wrote my first plot.png in 3 s | my first plot.png",
        "`report` | report",
        "README | README",
        "path=plot.png, size=3 | plot.png",
        "Ergebnis in größe.csv | größe.csv",
        "archive.tar.gz | archive.tar.gz",
      })
  void aPathInALineIsFound(String line, String path) {
    print(line);

    assertThat(printed.name(path)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "xplot.png | plot.png",
        "out/plot.png | plot.png",
        "plot.pngx | plot.png",
        "/etc/plot.png | plot.png",
        "one two three four five.png | one two three four five.png",
        "3.25 4.5 | 3.25 4.5",
      })
  void whatOnlyContainsAPathIsNone(String line, String path) {
    print(line);

    assertThat(printed.name(path)).isFalse();
  }

  @Test
  void aPathMayComeInPiecesAndBetweenThoseOfTheOtherStream() {
    print("out/pl");
    printed.add(OutputStreamName.STDERR, "noise".getBytes(StandardCharsets.UTF_8));
    print("ot.png\nnext");

    assertThat(printed.name("out/plot.png")).isTrue();
  }

  @Test
  void aLineWithoutEndIsLookedAtInParts() {
    print("x".repeat(10 * PrintedPaths.LINE_BYTES));
    print(" plot.png\n");

    assertThat(printed.name("plot.png")).isTrue();
  }

  @Test
  void theLastNamesAreKept() {
    for (int n = 0; n < 2 * PrintedPaths.NAMES; n++) {
      print(n + "\n");
    }

    assertThat(printed.name("1")).isFalse();
    assertThat(printed.name(Integer.toString(2 * PrintedPaths.NAMES - 1))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"./", ".", "\"", "a.", "' ", "file://"})
  void aLineThatRepeatsItselfIsALineAsAnyOther(String part) {
    print(part.repeat(PrintedPaths.LINE_BYTES / part.length()) + "\nplot.png\n");

    assertThat(printed.name("plot.png")).isTrue();
  }

  private void print(String text) {
    printed.add(OutputStreamName.STDOUT, text.getBytes(StandardCharsets.UTF_8));
  }
}
