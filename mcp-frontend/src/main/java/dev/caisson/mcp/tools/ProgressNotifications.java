package dev.caisson.mcp.tools;

import dev.caisson.mcp.protocol.ClientLink;
import java.util.Optional;

/** Output as MCP progress notifications of one request. */
record ProgressNotifications(ClientLink client) implements ProgressFeed.Sink {

  @Override
  public void send(long progress, String text) {
    client.progress(progress, Optional.empty(), text);
  }
}
