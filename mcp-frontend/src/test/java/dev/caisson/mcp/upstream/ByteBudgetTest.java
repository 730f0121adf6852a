package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ByteBudgetTest {

  private final ByteBudget whole = ByteBudget.of(100);
  private final ByteBudget first = whole.part(60);
  private final ByteBudget second = whole.part(60);

  @Test
  void a_part_has_its_own_limit_and_a_share_of_the_whole() {
    assertThat(first.lease().grow(61)).isFalse();
    assertThat(first.lease().grow(60)).isTrue();
    assertThat(second.lease().grow(41)).isFalse();
    assertThat(second.lease().grow(40)).isTrue();
    assertThat(whole.taken()).isEqualTo(100);
    assertThat(second.taken()).isEqualTo(40);
  }

  @Test
  void what_is_refused_takes_nothing() {
    assertThat(first.lease().grow(61)).isFalse();
    assertThat(first.lease().grow(60)).isTrue();
    assertThat(second.lease().grow(60)).isFalse();

    assertThat(second.taken()).isZero();
    assertThat(whole.taken()).isEqualTo(60);
  }

  @Test
  void a_lease_gives_back_all_that_it_took_once() {
    var lease = first.lease();
    assertThat(lease.grow(10)).isTrue();
    assertThat(lease.grow(20)).isTrue();
    assertThat(first.taken()).isEqualTo(30);

    lease.close();
    lease.close();

    assertThat(first.taken()).isZero();
    assertThat(whole.taken()).isZero();
    assertThat(lease.grow(1)).isFalse();
  }
}
