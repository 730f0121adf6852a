package dev.caisson.mcp.stubs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.stubs.Catalogue.Annotations;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CatalogueTest {

  private static Annotations hints(boolean readOnly, boolean others) {
    return new Annotations(
        "", Optional.of(readOnly), Optional.of(others), Optional.of(others), Optional.of(others));
  }

  @Test
  void of_a_tool_that_says_nothing_the_worst_is_expected() {
    assertThat(Annotations.NONE.isReadOnly()).isFalse();
    assertThat(Annotations.NONE.isDestructive()).isTrue();
    assertThat(Annotations.NONE.isIdempotent()).isFalse();
    assertThat(Annotations.NONE.isOpenWorld()).isTrue();
  }

  @Test
  void what_a_tool_says_counts() {
    assertThat(hints(false, false).isDestructive()).isFalse();
    assertThat(hints(false, true).isIdempotent()).isTrue();
    assertThat(hints(false, false).isOpenWorld()).isFalse();
    assertThat(hints(true, false).isReadOnly()).isTrue();
  }

  @Test
  void a_tool_that_changes_nothing_destroys_nothing_and_may_be_called_again() {
    assertThat(hints(true, true).isDestructive()).isFalse();
    assertThat(hints(true, false).isIdempotent()).isTrue();
  }
}
