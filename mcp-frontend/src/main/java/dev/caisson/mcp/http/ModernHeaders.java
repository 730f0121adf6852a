package dev.caisson.mcp.http;

import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.Incoming;
import dev.caisson.mcp.protocol.RequestRefusedException;
import dev.caisson.mcp.protocol.Revisions;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Since revision 2026-07-28 headers repeat parts of the body, for whoever routes requests without
 * reading them. What they say has to be what is done. Pure.
 */
final class ModernHeaders {

  static final String VERSION = "MCP-Protocol-Version";
  static final String METHOD = "Mcp-Method";
  static final String NAME = "Mcp-Name";

  /** Which parameter a method's name header repeats. */
  private static final Map<String, String> NAMES =
      Map.of("tools/call", "name", "prompts/get", "name", "resources/read", "uri");

  private static final String ENCODED = "=?base64?";
  private static final String ENCODED_END = "?=";

  private ModernHeaders() {}

  /**
   * Refuses a request whose headers are not those of its body.
   *
   * @param headers all values of a header
   */
  static void check(Incoming.Request request, Function<String, List<String>> headers)
      throws RequestRefusedException {
    var carried = Revisions.carried(request).orElseThrow(Revisions::missing);
    require(VERSION, one(VERSION, headers), carried);
    require(METHOD, one(METHOD, headers), request.method());
    var named = NAMES.get(request.method());
    if (named != null && request.parameters().get(named) instanceof String name) {
      require(NAME, decoded(one(NAME, headers)), name);
    }
  }

  private static String one(String name, Function<String, List<String>> headers)
      throws RequestRefusedException {
    var values = headers.apply(name);
    if (values.size() != 1) {
      throw mismatch(
          values.isEmpty()
              ? "the header " + name + " is missing"
              : "the header " + name + " is there " + values.size() + " times");
    }
    return values.getFirst();
  }

  private static void require(String name, String value, String expected)
      throws RequestRefusedException {
    if (!value.equals(expected)) {
      throw mismatch("the header " + name + " does not say what the body does");
    }
  }

  private static RequestRefusedException mismatch(String why) {
    return new RequestRefusedException(ErrorCodes.HEADER_MISMATCH, "Header mismatch: " + why);
  }

  private static String decoded(String value) throws RequestRefusedException {
    if (!value.startsWith(ENCODED)
        || !value.endsWith(ENCODED_END)
        || value.length() < ENCODED.length() + ENCODED_END.length()) {
      return value;
    }
    var inner = value.substring(ENCODED.length(), value.length() - ENCODED_END.length());
    return decodedBytes(inner)
        .orElseThrow(() -> mismatch("the header " + NAME + " is no base64 of UTF-8"));
  }

  private static Optional<String> decodedBytes(String base64) {
    try {
      var bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64));
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
    } catch (IllegalArgumentException | CharacterCodingException problem) {
      return Optional.empty();
    }
  }
}
