package dev.caisson.daemon.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {

  @Test
  void readsAWholeNumberAndAUnit() {
    assertThat(DurationText.parse("500ms")).isEqualTo(Duration.ofMillis(500));
    assertThat(DurationText.parse("10s")).isEqualTo(Duration.ofSeconds(10));
    assertThat(DurationText.parse("5 m")).isEqualTo(Duration.ofMinutes(5));
    assertThat(DurationText.parse("1h")).isEqualTo(Duration.ofHours(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10", "s", "-1s", "1.5s", "1d", "", "1s1s", "99999999999999s"})
  void refusesWhatHasNoUnitOrIsNoWholeNumber(String text) {
    assertThatThrownBy(() -> DurationText.parse(text))
        .hasMessage("'" + text + "' is not a duration; write a whole number and ms, s, m or h");
  }

  @ParameterizedTest
  @ValueSource(strings = {"500ms", "10s", "5m", "1h", "0s", "61s", "1001ms"})
  void writesWhatItReads(String text) {
    assertThat(DurationText.of(DurationText.parse(text))).isEqualTo(text);
  }
}
