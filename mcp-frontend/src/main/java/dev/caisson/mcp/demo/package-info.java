/** The demo: a real MCP client session that says what happened, and fails when it is not true. */
@NullMarked
package dev.caisson.mcp.demo;

import org.jspecify.annotations.NullMarked;
