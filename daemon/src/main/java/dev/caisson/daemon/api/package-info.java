/**
 * gRPC: mapping, status and flow control; no logic. The only room that knows io.grpc and the
 * generated classes.
 */
@NullMarked
package dev.caisson.daemon.api;

import org.jspecify.annotations.NullMarked;
