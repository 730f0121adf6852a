package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The corpus is whole: a row is a test, or on the list of what is not run with a reason. */
class CorpusTest {

  /** How many rows each group of the threat model has, as far as it is promised here. */
  private static final Map<String, Integer> GROUPS =
      Map.of("A", 20, "B", 24, "D", 22, "E", 10, "F", 22);

  /** Rows past those. */
  private static final Set<String> MORE = Set.of("E13");

  @Test
  void everyRowIsATestOrNotRunWithAReason() throws IOException {
    Set<String> rows = new TreeSet<>();
    Corpus.attacks().map(method -> Corpus.attack(method).row()).forEach(rows::add);
    notRun().stream().map(line -> line.split("\t", -1)[0]).forEach(rows::add);

    Set<String> wanted = new TreeSet<>(MORE);
    GROUPS.forEach((group, count) ->
        IntStream.rangeClosed(1, count).forEach(number -> wanted.add(group + number)));
    assertThat(rows).isEqualTo(wanted);
  }

  @Test
  void whatIsNotRunSaysWhy() throws IOException {
    assertThat(notRun())
        .allSatisfy(line -> assertThat(line).matches("[A-F][0-9]+\t[^\t]+\t[^\t]{10,}"));
  }

  @Test
  void everyAttackSaysWhatItIsAndWhichGuardsItTests() {
    assertThat(Corpus.attacks())
        .isNotEmpty()
        .allSatisfy(method -> {
          Attack attack = Corpus.attack(method);
          assertThat(attack.what()).isNotBlank();
          assertThat(attack.expected()).isNotBlank();
          assertThat(attack.guards()).isNotEmpty().noneMatch(String::isBlank);
        });
  }

  private static List<String> notRun() throws IOException {
    return resource("attacks-not-run.tsv")
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = CorpusTest.class.getResourceAsStream("/caisson/" + name)) {
      return new String(
          Objects.requireNonNull(in, name + " is missing").readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
