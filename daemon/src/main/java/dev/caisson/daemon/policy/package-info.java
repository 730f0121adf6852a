/**
 * What a kind of run may do: files become immutable policies, and pure functions decide. Everything
 * that a file may say is a field of {@link dev.caisson.daemon.policy.Policy}; who enforces it reads
 * it from there.
 */
@NullMarked
package dev.caisson.daemon.policy;

import org.jspecify.annotations.NullMarked;
