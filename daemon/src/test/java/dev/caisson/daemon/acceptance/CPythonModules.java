package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.acceptance.CPythonDifferences.Pair;
import dev.caisson.daemon.acceptance.CPythonModule.Noted;
import dev.caisson.daemon.acceptance.CPythonModule.Side;
import dev.caisson.daemon.app.RunningDaemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * CPython's own tests of what the worker wraps have the same results in a session as in a plain
 * interpreter of the same sandbox, but for the differences of cpython-differences.yaml.
 *
 * <p>Takes long and needs a package of Debian's, so it is no part of the build and its name is none
 * that the build looks for: {@code caisson test cpython} runs it, and gives {@code
 * -Dcaisson.cpython.tests=} the packed tests and {@code -Dcaisson.cpython.modules=} those to run.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
final class CPythonModules {

  /** More of all than the tests need: what a limit does is tested elsewhere. */
  private static final String POLICY =
      """
      extends: default
      sandbox:
        memory: 2 GiB
        cpus: 2
        processes: 1024
        open_files: 4096
        file_size: 256 MiB
        workspace: 256 MiB
        tmp: 256 MiB
        shm: 64 MiB
      time:
        wall: 30m
        cpu: 1h
      output:
        bytes: 64 MiB
      """;

  private static final Noted ABSENT = new Noted("absent", "");

  @TempDir static Path folder;

  private static RunningDaemon daemon;
  private static RunClient client;

  @BeforeAll
  static void start() {
    daemon = RunningDaemon.start(folder, 0, Map.of("cpython", POLICY));
    client = new RunClient(daemon.socket());
  }

  @AfterAll
  static void end() {
    client.close();
    daemon.close();
  }

  static Stream<String> chosen() {
    return Arrays.stream(setting("caisson.cpython.modules").split(","));
  }

  private static String setting(String name) {
    return Objects.requireNonNull(
        System.getProperty(name), "no -D" + name + "=; caisson test cpython gives it");
  }

  @ParameterizedTest
  @MethodSource("chosen")
  void resultsAreThoseOfAPlainInterpreter(String module) throws IOException {
    Path packed = Path.of(setting("caisson.cpython.tests"));
    CPythonDifferences known = CPythonDifferences.read();
    Set<String> leftOut = known.notRun(module);
    CPythonModule tests = new CPythonModule(client, "cpython", packed, module);

    Map<String, Noted> plain = tests.run(Side.PLAIN, leftOut);
    Map<String, Noted> session = tests.run(Side.SESSION, leftOut);

    Set<String> all = new TreeSet<>(plain.keySet());
    all.addAll(session.keySet());
    Map<String, Pair> differences = new TreeMap<>();
    StringBuilder lines = new StringBuilder();
    for (String test : all) {
      Noted here = session.getOrDefault(test, ABSENT);
      Noted there = plain.getOrDefault(test, ABSENT);
      Pair pair = new Pair(here.result(), there.result());
      if (!pair.isSame()) {
        differences.put(test, pair);
      }
      lines.append(
          String.join("\t", test, pair.session(), pair.plain(), here.detail(), there.detail()));
      lines.append('\n');
    }
    Map<String, Pair> expected = known.of(module);
    record(
        module,
        lines,
        all.size(),
        differences.size(),
        leftOut.size(),
        differences.equals(expected));
    assertThat(all).as("the tests of " + module).isNotEmpty();
    assertThat(differences).isEqualTo(new TreeMap<>(expected));
  }

  /** For the table of {@code caisson test cpython}, and for whoever looks into a difference. */
  private static void record(
      String module, StringBuilder lines, int tests, int different, int notRun, boolean asListed)
      throws IOException {
    Path place = Files.createDirectories(Path.of("target", "cpython"));
    Files.writeString(place.resolve(module + ".tsv"), lines);
    String row =
        String.join(
            "\t",
            module,
            String.valueOf(tests),
            String.valueOf(tests - different),
            String.valueOf(different),
            String.valueOf(notRun),
            asListed ? "as listed" : "NOT AS LISTED");
    Files.writeString(place.resolve(module + ".row"), row + "\n");
    System.out.println("cpython: " + row.replace("\t", " "));
  }
}
