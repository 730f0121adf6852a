/** Values that every room speaks of: ids, limits, the run and its outcome. No I/O, no SDK. */
@NullMarked
package dev.caisson.daemon.model;

import org.jspecify.annotations.NullMarked;
