package dev.caisson.mcp.protocol;

import java.util.Map;

/**
 * Who a server says it is.
 *
 * @param instructions for a model, how to use the server; left out when empty
 */
public record ServerIdentity(String name, String version, String instructions) {

  Map<String, Object> info() {
    return Json.ordered("name", name, "version", version);
  }
}
