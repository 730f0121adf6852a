package dev.caisson.mcp.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ShownTest {

  @Test
  void of_a_long_text_the_beginning_and_the_end_are_kept() {
    assertThat(Shown.bounded("short")).isEqualTo("short");
    assertThat(Shown.bounded("a" + "x".repeat(100_000) + "z"))
        .startsWith("axx")
        .contains("\n… 67234 characters left out …\n")
        .endsWith("xxz")
        .hasSizeLessThan(33_000);
  }

  @Test
  void a_name_stays_on_its_line_and_cannot_pass_for_another() {
    assertThat(Shown.name("a\nb\u202Ec\\u000a")).isEqualTo("a\\u000ab\\u202ec\\\\u000a");
  }

  @Test
  void sizes_are_bytes_and_then_kilobytes() {
    assertThat(Shown.size(999)).isEqualTo("999 B");
    assertThat(Shown.size(31_457_280)).isEqualTo("31,457 KB");
  }
}
