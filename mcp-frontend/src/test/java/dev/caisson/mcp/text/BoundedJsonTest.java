package dev.caisson.mcp.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BoundedJsonTest {

  @Test
  void a_value_is_maps_lists_texts_and_numbers() {
    assertThat(BoundedJson.read("{\"a\": [1, \"b\"]}")).contains(Map.of("a", List.of(1, "b")));
  }

  @Test
  void what_is_as_deep_as_the_contract_allows_is_read_and_what_is_deeper_is_not() {
    assertThat(BoundedJson.read("[".repeat(64) + "]".repeat(64))).isPresent();
    assertThat(BoundedJson.read("[".repeat(65) + "]".repeat(65))).isEmpty();
  }

  @Test
  void what_is_long_is_not_read() {
    assertThat(BoundedJson.read("\"" + "x".repeat(BoundedJson.LENGTH - 2) + "\"")).isPresent();
    assertThat(BoundedJson.read("\"" + "x".repeat(BoundedJson.LENGTH - 1) + "\"")).isEmpty();
  }

  @Test
  void what_is_no_json_is_not_read() {
    assertThat(BoundedJson.read("{")).isEmpty();
    assertThat(BoundedJson.read("")).isEmpty();
    assertThat(BoundedJson.read("NaN")).isEmpty();
  }
}
