package dev.caisson.mcp.protocol;

import java.util.Map;
import java.util.Optional;

/**
 * One request of a client, of either era.
 *
 * @param parameters as they were sent; empty when there were none
 */
public record Call(Map<String, Object> parameters, ClientLink client) {

  /** A parameter that has to be a text. */
  public String text(String name) throws RequestRefusedException {
    if (parameters.get(name) instanceof String text) {
      return text;
    }
    throw new RequestRefusedException(
        ErrorCodes.INVALID_PARAMS, "'" + name + "' is missing or no text");
  }

  /** A parameter that is an object; empty when it is left out or null. */
  public Map<String, Object> object(String name) throws RequestRefusedException {
    var value = parameters.get(name);
    if (value == null || value instanceof Map<?, ?>) {
      return Json.object(value);
    }
    throw new RequestRefusedException(ErrorCodes.INVALID_PARAMS, "'" + name + "' is not an object");
  }

  /** Of which page of a list to go on; empty for the first one. */
  public Optional<String> cursor() {
    return Optional.ofNullable(parameters.get("cursor")).map(String::valueOf);
  }
}
