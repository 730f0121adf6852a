/** MCP over Streamable HTTP: many clients, of both eras, on one port. Knows no tool of ours. */
@NullMarked
package dev.caisson.mcp.http;

import org.jspecify.annotations.NullMarked;
