/**
 * The attack corpus: each row of the threat model as code that attacks a real daemon, numbered as
 * there. {@code caisson test security} prints what came of each.
 */
@NullMarked
package dev.caisson.daemon.security;

import org.jspecify.annotations.NullMarked;
