package dev.caisson.mcp.tools;

import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema;

/** Output as MCP progress notifications of one request. */
record ProgressNotifications(McpSyncServerExchange exchange, Object token)
    implements ProgressFeed.Sink {

  @Override
  public void send(long progress, String text) {
    exchange.progressNotification(
        McpSchema.ProgressNotification.builder(token, progress).message(text).build());
  }
}
