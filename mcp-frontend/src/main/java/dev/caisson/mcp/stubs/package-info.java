/** What tools there are, in our own words: the catalogue that goes to the daemon with each run. */
@NullMarked
package dev.caisson.mcp.stubs;

import org.jspecify.annotations.NullMarked;
