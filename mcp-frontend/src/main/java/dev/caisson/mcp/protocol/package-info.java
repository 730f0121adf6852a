/**
 * The server's side of MCP: requests to handlers, for both eras of the protocol. Knows no tool of
 * ours; what a server offers is registered as features.
 */
@NullMarked
package dev.caisson.mcp.protocol;

import org.jspecify.annotations.NullMarked;
