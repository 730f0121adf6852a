/** What can go wrong on our side: one exception type, one list of codes. */
@NullMarked
package dev.caisson.daemon.error;

import org.jspecify.annotations.NullMarked;
