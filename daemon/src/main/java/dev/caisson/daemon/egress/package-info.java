/**
 * The network gate: the only way from a sandbox to another machine. Parses what code in a sandbox
 * says, decides by the policy, resolves and checks addresses, connects, and carries the bytes.
 */
@NullMarked
package dev.caisson.daemon.egress;

import org.jspecify.annotations.NullMarked;
