/**
 * What the product promises, tried from the outside: the real daemon, engine, sandbox and agent.
 */
@NullMarked
package dev.caisson.daemon.acceptance;

import org.jspecify.annotations.NullMarked;
