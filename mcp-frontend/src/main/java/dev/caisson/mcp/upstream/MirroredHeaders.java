package dev.caisson.mcp.upstream;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** What a request of the newer era says in headers as well as in its body. */
final class MirroredHeaders {

  private static final String ENCODED = "=?base64?";

  private MirroredHeaders() {}

  /** Adds the headers; of the tools, those with arguments in headers are given. */
  static void of(
      Message.Request request, Map<String, ParameterHeaders> tools, Map<String, String> headers)
      throws LostConnectionException {
    headers.put("Mcp-Method", request.method());
    var key =
        switch (request.method()) {
          case "tools/call", "prompts/get" -> "name";
          case "resources/read" -> "uri";
          default -> "";
        };
    if (!key.isEmpty()) {
      var parameters = RawJson.members(request.params());
      var name = parameters.text(key).orElse("");
      headers.put("Mcp-Name", encoded(name));
      if (request.method().equals("tools/call")) {
        tools
            .getOrDefault(name, ParameterHeaders.NONE)
            .of(parameters.raw("arguments").orElse("{}"), headers);
      }
    }
  }

  /** A value as it can stand in a header: as it is where that is safe, otherwise as base64. */
  static String encoded(String value) {
    var plain =
        value.chars().allMatch(c -> c >= ' ' && c < 0x7f)
            && value.equals(value.strip())
            && !(value.startsWith(ENCODED) && value.endsWith("?="));
    return plain
        ? value
        : ENCODED
            + Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))
            + "?=";
  }
}
