package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MimeTypesTest {

  @ParameterizedTest
  @CsvSource({"a.csv, text/csv", "out/PLOT.PNG, image/png", "x.tar.gz, application/gzip"})
  void the_ending_of_a_name_says_the_type(String path, String type) {
    assertThat(MimeTypes.of(path, MimeTypes.BYTES)).isEqualTo(type);
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "out/png", "out.d/zip", "a.unheard-of", "a.", ""})
  void a_name_without_a_known_ending_says_none(String path) {
    assertThat(MimeTypes.of(path, MimeTypes.BYTES)).isEqualTo(MimeTypes.BYTES);
  }
}
