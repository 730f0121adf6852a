package dev.caisson.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTextTest {

  @ParameterizedTest
  @CsvSource({
    "plain|, plain|",
    "'0%\r50%\r100%|done', '100%|done'",
    "'long line\rshort|', 'shortline|'",
    "'long line\r\u001b[Kshort|', 'short|'",
    "'windows\r|end\r|', 'windows\r|end\r|'",
    "'a\r\r\rb|', 'b|'",
    "'half\r', half",
    "'cut \u001b[', 'cut \u001b['",
    "'\rx', x",
    "'äöü\rä\r|', 'äöü\r|'",
    "'😀😀\rab|', 'ab|'",
    "'ab\r😀|', '😀b|'",
    "'', ''",
  })
  void itIsWhatATerminalWouldShow(String written, String shown) {
    assertThat(of(written.replace('|', '\n'), 1 << 20)).isEqualTo(shown.replace('|', '\n'));
    assertThat(of(written.replace('|', '\n'), 2)).isEqualTo(shown.replace('|', '\n'));
  }

  @Test
  void linesComeOutWhenTheyEndAndNotBefore() {
    TerminalText text = new TerminalText();

    assertThat(text.add("one\ntwo")).isEqualTo("one\n");
    assertThat(text.add(" more\r2")).isEmpty();
    assertThat(text.finish()).isEqualTo("2wo more");
    assertThat(text.finish()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_000, 1 << 20})
  void ofALineWithoutAnEndLittleIsHeldBack(int step) {
    TerminalText text = new TerminalText();
    StringBuilder shown = new StringBuilder();

    for (int length = 0; length < 1 << 20; length += step) {
      shown.append(text.add("x".repeat(step)));
      assertThat(length + step - shown.length()).isLessThanOrEqualTo(16 * 1024);
    }
    shown.append(text.finish());
    assertThat(shown).hasSize(((1 << 20) + step - 1) / step * step);
  }

  private static String of(String written, int step) {
    TerminalText text = new TerminalText();
    StringBuilder shown = new StringBuilder();
    for (int at = 0; at < written.length(); ) {
      int end = Math.min(written.length(), at + step);
      if (Character.isHighSurrogate(written.charAt(end - 1))) {
        end++;
      }
      shown.append(text.add(written.substring(at, end)));
      at = end;
    }
    return shown + text.finish();
  }
}
