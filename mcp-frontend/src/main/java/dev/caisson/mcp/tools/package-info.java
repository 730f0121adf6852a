/** The tools and resources of the MCP server in front. Of the MCP SDK only its records. */
@NullMarked
package dev.caisson.mcp.tools;

import org.jspecify.annotations.NullMarked;
