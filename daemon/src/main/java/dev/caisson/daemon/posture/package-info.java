/**
 * The proof that sandboxes are what the policy and the design say, before any run gets one: from
 * the host, and from inside by a program that goes the way of every run.
 */
@NullMarked
package dev.caisson.daemon.posture;

import org.jspecify.annotations.NullMarked;
