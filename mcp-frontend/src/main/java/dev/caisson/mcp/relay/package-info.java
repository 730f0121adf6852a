/** The port to the daemon: runs a program, streams its output, and has its tool calls answered. */
@NullMarked
package dev.caisson.mcp.relay;

import org.jspecify.annotations.NullMarked;
