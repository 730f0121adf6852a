/** The MCP server in front: transport and tools. The only server-side importer of the MCP SDK. */
@NullMarked
package dev.caisson.mcp.tools;

import org.jspecify.annotations.NullMarked;
