package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class CountedBytesTest {

  private final ByteBudget budget = ByteBudget.of(Long.MAX_VALUE);

  @Test
  void a_message_has_a_limit_of_its_own() throws Exception {
    var mebibyte = new byte[1 << 20];
    try (var bytes = new CountedBytes(budget)) {
      for (var i = 0; i < 32; i++) {
        bytes.add(mebibyte, 0, mebibyte.length);
      }
      assertThatThrownBy(() -> bytes.add(mebibyte, 0, 1))
          .isInstanceOf(LostConnectionException.class)
          .hasMessage("the server sent more than 32 MiB in one message");
      assertThat(budget.taken()).isEqualTo(32 << 20);
    }
    assertThat(budget.taken()).isZero();
  }

  @Test
  void a_text_keeps_its_memory_until_its_lease_is_closed() throws Exception {
    CountedBytes.Text text;
    try (var bytes = new CountedBytes(budget)) {
      bytes.add(new byte[] {'a', 'b', 'c'}, 1, 3);
      text = bytes.text();
    }

    assertThat(text.text()).isEqualTo("bc");
    assertThat(budget.taken()).isEqualTo(2);
    text.lease().close();
    assertThat(budget.taken()).isZero();
  }
}
