package dev.caisson.daemon.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ApiVersionTest {

  @ParameterizedTest
  @CsvSource({"1.41,1.41", "1.44,1.44", "1.47,1.47", "1.52,1.47", "2.0,1.47"})
  void theNewestThatBothSpeakIsSpoken(String engine, String spoken) {
    assertThat(ApiVersion.parse(engine).negotiated()).hasToString(spoken);
  }

  @Test
  void anEngineThatIsTooOldIsRefused() {
    assertThatThrownBy(() -> ApiVersion.parse("1.40").negotiated())
        .hasMessage(
            "the engine speaks API version 1.40 at most and Caisson needs 1.41: install Docker Engine 20.10 or newer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "none", "1", "1.x", "1.41.2", "99999999999.1"})
  void whatIsNoVersionIsRefused(String text) {
    assertThatThrownBy(() -> ApiVersion.parse(text))
        .hasMessage("the engine gives '" + text + "' as its API version");
  }
}
