/**
 * The MCP servers whose tools the code may call, over wires of our own. Of the MCP SDK constants
 * alone.
 */
@NullMarked
package dev.caisson.mcp.upstream;

import org.jspecify.annotations.NullMarked;
