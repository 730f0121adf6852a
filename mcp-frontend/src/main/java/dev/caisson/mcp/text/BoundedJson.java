package dev.caisson.mcp.text;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads JSON that code nobody trusts has written. What is deep would be as deep in our answer, and
 * many a client's parser ends with an error, or its process, far before ours does.
 */
public final class BoundedJson {

  /** Objects and arrays in one another; the contract has the same number for tools. */
  public static final int DEPTH = 64;

  /** Characters of the text. */
  public static final int LENGTH = 64 * 1024;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEPTH).build())
                  .build())
          .build();

  private BoundedJson() {}

  /** The value as maps, lists, texts, numbers; empty when it is too long, too deep or no JSON. */
  public static Optional<Object> read(String json) {
    if (json.isEmpty() || json.length() > LENGTH) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(MAPPER.readValue(json, Object.class));
    } catch (JacksonException hostile) {
      return Optional.empty();
    }
  }
}
