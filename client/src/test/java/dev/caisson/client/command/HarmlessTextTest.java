package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HarmlessTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain\n",
        "  7%|#   | 7/100\r  8%|#   | 8/100\u001b[K",
        "\u001b[1;31mred\u001b[0m",
        "tab\tand back\b",
        "é 💥 日本",
      })
  void whatProgramsNeedGoesThrough(String text) {
    assertThat(shown(text)).isEqualTo(text);
  }

  @Test
  void whatMovesOrAsksOrTypesIsShownInstead() {
    assertThat(shown("\u001b]52;c;aGk=\u0007")).isEqualTo("\\x1b]52;c;aGk=\\x07");
    assertThat(shown("\u001b[2J\u001b[H")).isEqualTo("\\x1b[2J\\x1b[H");
    assertThat(shown("\u001b[6n\u001bP$q\u001b\\")).isEqualTo("\\x1b[6n\\x1bP$q\\x1b\\");
    assertThat(shown("\u009b6n\u007f\u0000")).isEqualTo("\\x9b6n\\x7f\\x00");
    assertThat(shown("a\u202eb\u2066c")).isEqualTo("a\\u202eb\\u2066c");
    assertThat(shown("\u001b[" + "1".repeat(40) + "m")).startsWith("\\x1b[");
  }

  @Test
  void aSequenceMayComeInPiecesAndAnUnfinishedOneIsShownAtTheEnd() {
    HarmlessText text = new HarmlessText();

    assertThat(text.add(bytes("a\u001b"))).isEqualTo("a");
    assertThat(text.add(bytes("[3"))).isEmpty();
    assertThat(text.add(bytes("1mb"))).isEqualTo("\u001b[31mb");
    assertThat(text.add(bytes("\u001b[3"))).isEmpty();
    assertThat(text.finish()).isEqualTo("\\x1b[3");
    assertThat(text.finish()).isEmpty();
  }

  @Test
  void aCharacterMayComeInPiecesToo() {
    HarmlessText text = new HarmlessText();
    byte[] character = bytes("é");

    assertThat(text.add(new byte[] {character[0]})).isEmpty();
    assertThat(text.add(new byte[] {character[1]})).isEqualTo("é");
  }

  private static String shown(String text) {
    HarmlessText harmless = new HarmlessText();
    return harmless.add(bytes(text)) + harmless.finish();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
