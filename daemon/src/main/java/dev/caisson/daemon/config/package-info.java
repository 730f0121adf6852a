/**
 * The daemon's configuration: file, then environment, then flags, into one immutable record with a
 * part for each room. Defaults are in the types; whatever is wrong is told at once.
 */
@NullMarked
package dev.caisson.daemon.config;

import org.jspecify.annotations.NullMarked;
