package dev.caisson.daemon.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caisson.daemon.acceptance.CPythonDifferences.Pair;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CPythonDifferencesTest {

  @Test
  void theCommittedListCanBeRead() {
    assertThat(CPythonDifferences.read().entries())
        .allSatisfy(entry -> assertThat(CPythonDifferences.read().of(entry.module())).isNotNull());
  }

  @Test
  void anEntryWithoutResultsIsOfTestsThatAreNotRun() {
    CPythonDifferences list =
        CPythonDifferences.parse(
            """
            - {module: test_io, session: failed, plain: passed, tests: [A.b], reason: why}
            - {module: test_io, tests: [A.c], reason: why}
            """);
    assertThat(list.of("test_io")).isEqualTo(Map.of("A.b", new Pair("failed", "passed")));
    assertThat(list.notRun("test_io")).isEqualTo(Set.of("A.c"));
    assertThat(list.notRun("test_signal")).isEmpty();
  }

  @Test
  void aDifferenceNeedsAReason() {
    assertThatThrownBy(() ->
            CPythonDifferences.parse(
                "- {module: test_io, session: failed, plain: passed, tests: [A.b]}"))
        .hasMessage(
            "cpython-differences.yaml: an entry without module, reason or tests: test_io [A.b]");
  }

  @Test
  void whatIsTheSameOnBothSidesIsNoDifference() {
    assertThatThrownBy(() ->
            CPythonDifferences.parse(
                "- {module: test_io, session: failed, plain: failed, tests: [A.b], reason: x}"))
        .hasMessage(
            "cpython-differences.yaml: `session` and `plain` are two different results, or both"
                + " left out: [A.b]");
  }

  @Test
  void aKeyThatThereIsNotIsRefused() {
    assertThatThrownBy(
            () -> CPythonDifferences.parse("- {module: test_io, test: [A.b], reason: x}"))
        .hasMessageContaining("cpython-differences.yaml: not only the keys");
  }
}
