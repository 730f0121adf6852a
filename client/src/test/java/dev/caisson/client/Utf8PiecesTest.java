package dev.caisson.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8PiecesTest {

  private static final String TEXT = "aé漢🦀z";

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 100})
  void aCharacterThatIsSplitAnywhereComesOutWhole(int size) {
    byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
    Utf8Pieces pieces = new Utf8Pieces();
    StringBuilder text = new StringBuilder();

    for (int at = 0; at < bytes.length; at += size) {
      text.append(pieces.decode(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size))));
    }

    assertThat(text + pieces.finish()).isEqualTo(TEXT);
  }

  @Test
  void bytesThatAreNotUtf8BecomeReplacementCharacters() {
    Utf8Pieces pieces = new Utf8Pieces();

    assertThat(pieces.decode(new byte[] {'a', (byte) 0xff, 'b'})).isEqualTo("a\uFFFDb");
    assertThat(pieces.finish()).isEmpty();
  }

  @Test
  void aStreamThatEndsInsideACharacterSaysSo() {
    Utf8Pieces pieces = new Utf8Pieces();

    assertThat(pieces.decode(new byte[] {'a', (byte) 0xe6})).isEqualTo("a");
    assertThat(pieces.finish()).isEqualTo("\uFFFD");
    assertThat(pieces.decode("b".getBytes(StandardCharsets.UTF_8))).isEqualTo("b");
  }
}
