/** The MCP servers whose tools the code may call. The only client-side importer of the MCP SDK. */
@NullMarked
package dev.caisson.mcp.upstream;

import org.jspecify.annotations.NullMarked;
