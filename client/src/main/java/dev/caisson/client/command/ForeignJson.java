package dev.caisson.client.command;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON that came from a sandbox, where code nobody trusts may have written it. It is put into JSON
 * of ours, so what is deep would be as deep there, and many a reader of that ends with an error, or
 * its process, far before ours does.
 */
final class ForeignJson {

  /** Objects and arrays in one another; the contract has the same number for tools. */
  static final int DEPTH = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEPTH).build())
                  .build())
          .build();

  private ForeignJson() {}

  /** The value; empty when the text is no JSON or too deep. */
  static Optional<JsonNode> read(String text) {
    try {
      return Optional.of(MAPPER.readTree(text));
    } catch (JacksonException hostile) {
      return Optional.empty();
    }
  }
}
