package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ArgumentsTest {

  private static long number(Object value) {
    return Arguments.of(Map.of("n", value)).number("n", 0, Long.MAX_VALUE, 7);
  }

  static Stream<Object> noNumbers() {
    return Stream.of(
        BigInteger.ONE.shiftLeft(64).add(BigInteger.TEN),
        new BigDecimal("1e1000000000"),
        1e30,
        1.5,
        1e-30,
        -1,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        "5");
  }

  @ParameterizedTest
  @MethodSource("noNumbers")
  void what_is_no_number_within_the_bounds_is_refused_and_never_wrapped(Object value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> number(value))
        .withMessageStartingWith("'n' is '" + value)
        .withMessageEndingWith("'; it has to be a whole number from 0 to " + Long.MAX_VALUE);
  }

  @Test
  void a_whole_number_is_one_however_it_is_written() {
    assertThat(number(5)).isEqualTo(5);
    assertThat(number(5.0)).isEqualTo(5);
    assertThat(number(BigInteger.valueOf(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE);
    assertThat(Arguments.of(Map.of()).number("n", 0, 9, 7)).isEqualTo(7);
  }
}
