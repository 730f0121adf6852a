/**
 * The Java client of Caisson: run Python in a sandbox, see its output as it happens, answer its
 * tool calls. Begin with {@link dev.caisson.client.CaissonClient}.
 */
@NullMarked
package dev.caisson.client;

import org.jspecify.annotations.NullMarked;
