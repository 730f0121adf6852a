package dev.caisson.daemon.guards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.guards.Mutant.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * Takes each guard of guards.yaml out in turn and sees its tests fail. Takes minutes, so it is no
 * part of the build and its name is none that the build looks for: {@code -Dtest=WithoutGuards}
 * runs it, and {@code -Dcaisson.guards=host.memory,time.cpu} only some of it.
 */
@Timeout(600)
final class WithoutGuards {

  private final GuardList list = GuardList.read();

  /** Otherwise a test that always fails would prove every guard. */
  @Test
  void withEveryGuardInPlaceTheTestsPass() {
    List<String> tests = chosen().flatMap(guard -> guard.tests().stream()).distinct().toList();
    try (Mutant unchanged = Mutant.of(Map.of())) {
      Map<String, Verdict> verdicts = unchanged.run(tests);
      verdicts.values().removeIf(verdict -> verdict.result().equals("PASSED"));
      assertThat(verdicts).isEmpty();
    }
  }

  @TestFactory
  Stream<DynamicTest> withoutTheGuardItsTestsFail() {
    return chosen()
        .filter(guard -> !guard.tests().isEmpty())
        .map(guard -> DynamicTest.dynamicTest(title(guard), () -> takeOut(guard)));
  }

  private void takeOut(Guard guard) {
    try (Mutant mutant = Mutant.of(list.edits(guard))) {
      Map<String, Verdict> verdicts = mutant.run(guard.tests());
      verdicts.forEach((test, verdict) ->
          System.out.printf(
              "without %s: %s %s %s%n", guard.id(), test, verdict.result(), verdict.why()));
      assertThat(verdicts)
          .allSatisfy((test, verdict) ->
              assertThat(verdict.result()).as(test + ": " + verdict.why()).isEqualTo("FAILED"));
    }
  }

  private Stream<Guard> chosen() {
    String names = System.getProperty("caisson.guards", "");
    return names.isEmpty()
        ? list.guards().stream()
        : Arrays.stream(names.split(",")).map(list::find);
  }

  private static String title(Guard guard) {
    return guard.row().isEmpty() ? guard.id() : guard.row() + " " + guard.id();
  }
}
