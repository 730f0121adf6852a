package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InlineImagesTest {

  /** The beginning of a PNG file of that size. */
  static byte[] png(int width, int height, int bytes) {
    return ByteBuffer.allocate(bytes)
        .putLong(0x89504e470d0a1a0aL)
        .putInt(13)
        .putInt(0x49484452)
        .putInt(width)
        .putInt(height)
        .array();
  }

  @Test
  void theEnvironmentTellsWhatTheTerminalCanDraw() {
    assertThat(InlineImages.of(Map.of("TERM_PROGRAM", "iTerm.app"))).isEqualTo(InlineImages.ITERM);
    assertThat(InlineImages.of(Map.of("TERM_PROGRAM", "WezTerm"))).isEqualTo(InlineImages.ITERM);
    assertThat(InlineImages.of(Map.of("TERM", "xterm-kitty"))).isEqualTo(InlineImages.KITTY);
    assertThat(InlineImages.of(Map.of("TERM", "xterm-ghostty"))).isEqualTo(InlineImages.KITTY);
    assertThat(InlineImages.of(Map.of("KITTY_WINDOW_ID", "1"))).isEqualTo(InlineImages.KITTY);
    assertThat(InlineImages.of(Map.of("TERM", "xterm-256color"))).isEqualTo(InlineImages.NONE);
    assertThat(InlineImages.of(Map.of("TERM_PROGRAM", "iTerm.app", "TMUX", "x")))
        .isEqualTo(InlineImages.NONE);
  }

  @Test
  void iTermGetsItInOneSequence() {
    byte[] png = png(2, 3, 24);

    assertThat(InlineImages.ITERM.drawing(png))
        .contains(
            "\u001b]1337;File=inline=1;size=24:"
                + Base64.getEncoder().encodeToString(png)
                + "\u0007\n");
  }

  @Test
  void kittyGetsItInPiecesAndIsToldNotToAnswer() {
    byte[] png = png(2, 3, 4_000);
    String data = Base64.getEncoder().encodeToString(png);

    assertThat(InlineImages.KITTY.drawing(png))
        .contains(
            "\u001b_Ga=T,f=100,q=2,m=1;"
                + data.substring(0, 4096)
                + "\u001b\\\u001b_Gq=2,m=0;"
                + data.substring(4096)
                + "\u001b\\\n");
  }

  @Test
  void whatIsNoPngOrFillsTheMemoryIsNotDrawn() {
    assertThat(InlineImages.ITERM.drawing(new byte[24])).isEmpty();
    assertThat(InlineImages.ITERM.drawing(new byte[0])).isEmpty();
    assertThat(InlineImages.KITTY.drawing(png(50_000, 50_000, 100))).isEmpty();
    assertThat(InlineImages.KITTY.drawing(png(-1, 5, 100))).isEmpty();
    assertThat(InlineImages.NONE.drawing(png(2, 3, 24))).isEmpty();
  }
}
