/**
 * The warm pool: sandboxes that are created, greeted and checked before anybody asks, handed out as
 * leases by an ownership transfer in memory, and destroyed when the lease closes.
 */
@NullMarked
package dev.caisson.daemon.pool;

import org.jspecify.annotations.NullMarked;
