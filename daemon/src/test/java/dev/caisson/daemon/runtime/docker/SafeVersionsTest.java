package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeVersionsTest {

  private static final String GOOD = "runsc version release-20260824.0\nspec: 1.2.0\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "runsc version release-20260824.0",
        "runsc version v0.0.0-20260905035102-160fafc42237",
        "runsc version release-20270101.3"
      })
  void aGvisorFromTheFloorOnIsSafe(String runsc) {
    assertThat(SafeVersions.problems(runsc, "20.10.14")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"runsc version release-20260823.9", "runsc version VERSION_MISSING", "", "silent"})
  void aGvisorBelowTheFloorOrOfUnknownAgeIsNot(String runsc) {
    assertThat(SafeVersions.problems(runsc, "20.10.14"))
        .containsExactly(
            "gVisor is '%s', older than release 20260824 or of unknown age (CVE-2026-96812)"
                .formatted(runsc));
  }

  @ParameterizedTest
  @CsvSource({"20.10.14, 0", "20.10.24+dfsg1, 0", "29.1.0, 0", "20.10.13, 1", "19.3.9, 1", "x, 1"})
  void anEngineFromItsFloorOnIsSafe(String engine, int problems) {
    assertThat(SafeVersions.problems(GOOD, engine)).hasSize(problems);
  }

  @Test
  void aProgramThatIsNotThereHasNoVersion() {
    assertThat(SafeVersions.problems(SafeVersions.askRunsc("/no/such/runsc"), "20.10.14"))
        .hasSize(1);
  }
}
