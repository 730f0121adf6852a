/**
 * Runs: their registry, their event logs, and the executor that carries one out in a leased
 * sandbox.
 */
@NullMarked
package dev.caisson.daemon.run;

import org.jspecify.annotations.NullMarked;
