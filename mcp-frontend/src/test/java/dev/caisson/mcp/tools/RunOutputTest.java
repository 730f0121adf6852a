package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RunOutputTest {

  private final RunOutput output = new RunOutput();

  @Test
  void it_is_read_piece_by_piece() {
    output.append("one ");
    var first = output.from(0);
    output.append("two");

    assertThat(first).isEqualTo(new RunOutput.Piece("one ", 0, 4));
    assertThat(output.from(first.next())).isEqualTo(new RunOutput.Piece("two", 0, 7));
    assertThat(output.from(7)).isEqualTo(new RunOutput.Piece("", 0, 7));
    assertThat(output.from(Long.MAX_VALUE)).isEqualTo(new RunOutput.Piece("", 0, 7));
  }

  @Test
  void of_much_the_end_is_kept_and_what_is_missing_is_counted() {
    for (var i = 0; i < 100; i++) {
      output.append("x".repeat(1_000));
    }
    output.append("end");

    var piece = output.from(1_000);
    assertThat(piece.text()).hasSize(32 * 1024).endsWith("xend");
    assertThat(piece.next()).isEqualTo(100_003);
    assertThat(1_000 + piece.missing() + piece.text().length()).isEqualTo(piece.next());
    assertThat(output.from(99_999).missing()).isZero();
  }

  @Test
  void no_character_is_cut_in_half() {
    output.append("🦉".repeat(20_000) + "x");

    assertThat(output.from(0).text()).hasSize(32 * 1024 - 1).startsWith("🦉");
  }
}
