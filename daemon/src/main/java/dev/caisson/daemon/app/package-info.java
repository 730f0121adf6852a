/** The command and the one place that puts the rooms together. */
@NullMarked
package dev.caisson.daemon.app;

import org.jspecify.annotations.NullMarked;
