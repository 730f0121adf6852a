/**
 * Sessions: sandboxes that stay from one run to the next, one tenant's each, with an end in any
 * case.
 */
@NullMarked
package dev.caisson.daemon.session;

import org.jspecify.annotations.NullMarked;
