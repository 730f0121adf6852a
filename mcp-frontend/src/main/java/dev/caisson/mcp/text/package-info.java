/** Lines and texts with a limit; pure, and under every other room. */
@NullMarked
package dev.caisson.mcp.text;

import org.jspecify.annotations.NullMarked;
