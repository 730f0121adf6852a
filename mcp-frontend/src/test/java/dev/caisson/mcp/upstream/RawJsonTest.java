package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RawJsonTest {

  @Test
  void members_are_the_texts_that_were_written() {
    var members =
        RawJson.members(
            " { \"a\" : [1, {\"b\": \"]}\\\"\"}] ,\n\"n\\u0061me\":\"x\\ty\", \"n\": 1e400}");

    assertThat(members.raw("a")).contains("[1, {\"b\": \"]}\\\"\"}]");
    assertThat(members.text("name")).contains("x\ty");
    assertThat(members.text("a")).isEmpty();
    assertThat(members.raw("n")).contains("1e400");
    assertThat(members.raw("none")).isEmpty();
    assertThat(members.begins("a", "[")).isTrue();
    assertThat(members.begins("n", "[")).isFalse();
  }

  @Test
  void of_a_key_that_comes_twice_the_last_counts() {
    assertThat(RawJson.members("{\"a\":1,\"a\":{}}").raw("a")).contains("{}");
  }

  @Test
  void elements_are_the_texts_that_were_written() {
    assertThat(RawJson.elements(" [ 1 ,\"a,b\", {\"c\":[ ]} , null ] "))
        .containsExactly("1", "\"a,b\"", "{\"c\":[ ]}", "null");
    assertThat(RawJson.elements("[]")).isEmpty();
    assertThat(RawJson.members("{ }").has("a")).isFalse();
  }

  @Test
  void values_of_other_kinds_have_neither() {
    assertThat(RawJson.elements("{\"a\":1}")).isEmpty();
    assertThat(RawJson.members("[\"a\",1]").has("a")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "{", "{\"a\"}", "{} {}", "[1,]", "NaN", "01", "\"\u0001\"", "\"\\x\""})
  void what_is_not_one_json_value_is_refused(String text) {
    assertThat(RawJson.isJson(text)).isFalse();
  }

  @Test
  void json_that_is_too_deep_is_refused() {
    assertThat(RawJson.isJson("[".repeat(RawJson.DEPTH) + "]".repeat(RawJson.DEPTH))).isTrue();
    assertThat(RawJson.isJson("[".repeat(RawJson.DEPTH + 1) + "]".repeat(RawJson.DEPTH + 1)))
        .isFalse();
  }

  @Test
  void long_numbers_and_long_names_are_json() {
    assertThat(RawJson.isJson("9".repeat(100_000))).isTrue();
    assertThat(RawJson.isJson("{\"" + "k".repeat(100_000) + "\":1}")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "\"\\/\b\f\n\r\t\u0000", "\ud800 half", "𝄞 é \u2028"})
  void a_text_survives_quoting(String text) {
    var token = RawJson.quoted(text);

    assertThat(RawJson.isJson(token)).isTrue();
    assertThat(RawJson.decoded(token)).isEqualTo(text);
    assertThat(token.lines()).hasSize(1);
  }
}
