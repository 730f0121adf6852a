package dev.caisson.mcp.upstream;

import io.modelcontextprotocol.spec.ProtocolVersions;
import java.util.List;
import java.util.stream.Stream;

/**
 * A version of MCP. In the older era it is agreed on once, by {@code initialize}; in the newer one
 * every request carries it.
 *
 * @param version as in the protocol; empty before one was agreed on
 */
record Revision(String version) {

  static final Revision NONE = new Revision("");

  /** All of the older era, the newest first. */
  static final List<String> LEGACY =
      List.of(
          ProtocolVersions.MCP_2025_11_25,
          ProtocolVersions.MCP_2025_06_18,
          ProtocolVersions.MCP_2025_03_26,
          ProtocolVersions.MCP_2024_11_05);

  /** All of the newer era, the newest first. */
  static final List<String> MODERN = List.of("2026-07-28");

  /** What we say of ourselves. */
  static final String CLIENT = "{\"name\":\"caisson\",\"version\":\"0.1.0\"}";

  private static final String PREFIX = "io.modelcontextprotocol/";

  /** The id of the subscription that a notification belongs to, in its {@code _meta}. */
  static final String SUBSCRIPTION = PREFIX + "subscriptionId";

  /** All that can be spoken, the newest first. */
  static List<String> known() {
    return Stream.concat(MODERN.stream(), LEGACY.stream()).toList();
  }

  /** The parameters of a request, a JSON object, with what each request of the revision carries. */
  String dressed(String parameters) {
    if (!isModern()) {
      return parameters;
    }
    var meta =
        "{\"_meta\":{"
            + member("protocolVersion", RawJson.quoted(version))
            + ","
            + member("clientInfo", CLIENT)
            + ","
            + member("clientCapabilities", "{}")
            + "}";
    return parameters.equals("{}") ? meta + "}" : meta + "," + parameters.substring(1);
  }

  private static String member(String name, String json) {
    return RawJson.quoted(PREFIX + name) + ":" + json;
  }

  boolean isModern() {
    return MODERN.contains(version);
  }
}
