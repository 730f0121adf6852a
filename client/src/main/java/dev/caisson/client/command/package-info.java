/**
 * The commands of {@code caisson} that are clients of the daemon: run, repl, status, api, bench.
 */
@NullMarked
package dev.caisson.client.command;

import org.jspecify.annotations.NullMarked;
