package dev.caisson.mcp.upstream;

import io.modelcontextprotocol.spec.ProtocolVersions;
import java.util.List;

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

  boolean isModern() {
    return MODERN.contains(version);
  }
}
