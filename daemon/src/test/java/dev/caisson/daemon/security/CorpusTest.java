package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The corpus is whole: a row is a test, or on the list of what is not run with a reason. */
class CorpusTest {

  /** How many rows each group of the threat model has. */
  private static final Map<String, Integer> GROUPS =
      Map.of("A", 20, "B", 24, "D", 22, "E", 10, "F", 22);

  @Test
  void everyRowIsATestOrNotRunWithAReason() throws Exception {
    Set<String> rows = new TreeSet<>();
    attacks().map(method -> attack(method).row()).forEach(rows::add);
    notRun().stream().map(line -> line.split("\t", -1)[0]).forEach(rows::add);

    Set<String> wanted = new TreeSet<>();
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
  void everyAttackSaysWhatItIsAndWhichGuardsItTests() throws Exception {
    assertThat(attacks())
        .isNotEmpty()
        .allSatisfy(method -> {
          Attack attack = attack(method);
          assertThat(attack.what()).isNotBlank();
          assertThat(attack.expected()).isNotBlank();
          assertThat(attack.guards()).isNotEmpty().noneMatch(String::isBlank);
        });
  }

  @Test
  void everyGuardThatAnAttackNamesIsOneThatCanBeTakenOutOrSaysWhyNot() throws Exception {
    Set<String> known = new TreeSet<>();
    java.util.regex.Matcher guard =
        java.util.regex.Pattern.compile("(?m)^- guard: (\\S+)$").matcher(resource("guards.yaml"));
    while (guard.find()) {
      known.add(guard.group(1));
    }
    assertThat(attacks().flatMap(method -> Arrays.stream(attack(method).guards())))
        .allMatch(name -> known.contains(name) || name.matches("gVisor|(by design|set-up): .+"));
  }

  private static Attack attack(Method method) {
    return Objects.requireNonNull(method.getAnnotation(Attack.class));
  }

  private static Stream<Method> attacks() throws IOException, URISyntaxException {
    Path folder =
        Path.of(Objects.requireNonNull(CorpusTest.class.getResource("CorpusTest.class")).toURI())
            .resolveSibling("");
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.class"))
          .sorted()
          .toList()
          .stream()
          .map(name -> load(name.substring(0, name.length() - ".class".length())))
          .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
          .filter(method -> method.isAnnotationPresent(Attack.class));
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(CorpusTest.class.getPackageName() + "." + name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
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
