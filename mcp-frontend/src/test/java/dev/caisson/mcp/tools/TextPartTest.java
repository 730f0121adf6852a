package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class TextPartTest {

  private static final String TEXT = "aä天🎉z\n";

  @Test
  void parts_of_any_size_put_together_are_the_text() {
    var bytes = TEXT.repeat(20).getBytes(StandardCharsets.UTF_8);
    for (var size = FileReader.LEAST_PART; size < 40; size++) {
      var read = new StringBuilder();
      long offset = 0;
      while (offset < bytes.length) {
        var end = (int) Math.min(offset + size, bytes.length);
        var part =
            TextPart.of(Arrays.copyOfRange(bytes, (int) offset, end), offset, bytes.length)
                .orElseThrow();
        assertThat(part.offset()).isEqualTo(offset);
        read.append(part.text());
        offset = part.end();
      }
      assertThat(read).as("in parts of %d bytes", size).hasToString(TEXT.repeat(20));
    }
  }

  @Test
  void a_part_that_begins_within_a_character_begins_with_the_next_one() {
    var bytes = "天a".getBytes(StandardCharsets.UTF_8);

    assertThat(TextPart.of(Arrays.copyOfRange(bytes, 1, 4), 1, 4))
        .contains(new TextPart("a", 3, 4));
  }

  @Test
  void bytes_are_no_text() {
    assertThat(TextPart.of(new byte[] {1, 2, 3, 4}, 0, 4)).isEmpty();
    assertThat(TextPart.of(new byte[] {'a', (byte) 0xFF, 'b', 'c'}, 0, 9)).isEmpty();
    assertThat(TextPart.of(new byte[] {'a', 0}, 0, 9)).isEmpty();
  }

  @Test
  void a_character_is_cut_only_where_the_file_goes_on() {
    var latin = new byte[] {'a', (byte) 0xE4};

    assertThat(TextPart.of(latin, 0, 2)).isEmpty();
    assertThat(TextPart.of(latin, 0, 4)).contains(new TextPart("a", 0, 1));
  }

  @Test
  void the_colours_of_a_terminal_are_text() {
    assertThat(TextPart.of("\u001b[1mbold\u001b[0m\t\r\n".getBytes(StandardCharsets.UTF_8), 0, 15))
        .isPresent();
  }
}
