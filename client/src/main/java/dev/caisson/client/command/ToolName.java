package dev.caisson.client.command;

import dev.caisson.v1.ToolCatalogue;
import dev.caisson.v1.ToolServer;

/**
 * What a person calls a server or one of its tools: SERVER or SERVER.TOOL, by their own names or by
 * those that code has for them. Which there are the daemon knows, and the nearest ones too.
 *
 * @param tool empty for all of the server
 */
record ToolName(String server, String tool) {

  /** All servers. */
  static final ToolName ALL = new ToolName("", "");

  /** A name of a server may have dots itself, so the catalogue says where it ends. */
  static ToolName of(String text, ToolCatalogue catalogue) {
    if (isServer(text, catalogue)) {
      return new ToolName(text, "");
    }
    for (int dot = text.indexOf('.'); dot > 0; dot = text.indexOf('.', dot + 1)) {
      if (isServer(text.substring(0, dot), catalogue)) {
        return new ToolName(text.substring(0, dot), text.substring(dot + 1));
      }
    }
    int dot = text.indexOf('.');
    return dot > 0
        ? new ToolName(text.substring(0, dot), text.substring(dot + 1))
        : new ToolName(text, "");
  }

  private static boolean isServer(String name, ToolCatalogue catalogue) {
    return catalogue.getServersList().stream().map(ToolServer::getName).anyMatch(name::equals);
  }
}
