/**
 * Proof that the tests of each guard depend on it: every guard is taken out in turn, in a copy, and
 * its tests have to fail. The product has no switch that turns a guard off.
 */
@NullMarked
package dev.caisson.daemon.guards;

import org.jspecify.annotations.NullMarked;
