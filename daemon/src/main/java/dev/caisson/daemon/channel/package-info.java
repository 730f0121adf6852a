/**
 * The protocol between daemon and agent: pure framing and turns, and one connection that speaks it.
 * The contract is proto/CHANNEL.md.
 */
@NullMarked
package dev.caisson.daemon.channel;

import org.jspecify.annotations.NullMarked;
