/** The commands, and the one place where the frontend is put together. */
@NullMarked
package dev.caisson.mcp.app;

import org.jspecify.annotations.NullMarked;
