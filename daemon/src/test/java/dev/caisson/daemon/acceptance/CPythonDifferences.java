package dev.caisson.daemon.acceptance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The differences of cpython-differences.yaml, with a reason for each. */
record CPythonDifferences(List<Entry> entries) {

  private static final String FILE = "cpython-differences.yaml";
  private static final Set<String> KEYS = Set.of("module", "session", "plain", "tests", "reason");

  CPythonDifferences {
    entries = List.copyOf(entries);
  }

  /** What a test is on each side. */
  record Pair(String session, String plain) {
    boolean isSame() {
      return session.equals(plain);
    }
  }

  /** Tests of one module that differ for one reason; those that nobody runs have no pair. */
  record Entry(String module, String session, String plain, List<String> tests, String reason) {
    Entry {
      tests = List.copyOf(tests);
      if (module.isBlank() || reason.isBlank() || tests.isEmpty()) {
        throw new IllegalArgumentException(
            FILE + ": an entry without module, reason or tests: " + module + " " + tests);
      }
      if (session.isEmpty() != plain.isEmpty() || (!session.isEmpty() && session.equals(plain))) {
        throw new IllegalArgumentException(
            FILE + ": `session` and `plain` are two different results, or both left out: " + tests);
      }
    }

    boolean isRun() {
      return !session.isEmpty();
    }
  }

  static CPythonDifferences read() {
    try (InputStream in =
        Objects.requireNonNull(
            CPythonDifferences.class.getResourceAsStream("/caisson/" + FILE), FILE)) {
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static CPythonDifferences parse(String text) {
    if (!(new Load(LoadSettings.builder().setLabel(FILE).build()).loadFromString(text)
        instanceof List<?> entries)) {
      throw new IllegalArgumentException(FILE + " is not a list");
    }
    return new CPythonDifferences(entries.stream().map(CPythonDifferences::entry).toList());
  }

  /** The tests of a module that are run on neither side. */
  Set<String> notRun(String module) {
    return entries.stream()
        .filter(entry -> entry.module().equals(module) && !entry.isRun())
        .flatMap(entry -> entry.tests().stream())
        .collect(Collectors.toSet());
  }

  /** What the tests of a module that differ are on each side. */
  Map<String, Pair> of(String module) {
    Map<String, Pair> expected = new HashMap<>();
    for (Entry entry : entries) {
      if (entry.module().equals(module) && entry.isRun()) {
        for (String test : entry.tests()) {
          if (expected.put(test, new Pair(entry.session(), entry.plain())) != null) {
            throw new IllegalArgumentException(FILE + ": named twice: " + module + "." + test);
          }
        }
      }
    }
    return expected;
  }

  private static Entry entry(@Nullable Object tree) {
    if (!(tree instanceof Map<?, ?> map) || !KEYS.containsAll(map.keySet())) {
      throw new IllegalArgumentException(FILE + ": not only the keys " + KEYS + " in " + tree);
    }
    return new Entry(
        text(map, "module"),
        text(map, "session"),
        text(map, "plain"),
        map.get("tests") instanceof List<?> tests
            ? tests.stream().map(String::valueOf).toList()
            : List.of(),
        text(map, "reason").strip());
  }

  private static String text(Map<?, ?> map, String key) {
    return map.get(key) instanceof String text ? text : "";
  }
}
