package dev.caisson.mcp.protocol;

import java.util.Map;

/**
 * Takes the messages that belong to one request to its client: the one stream of a stdio client, or
 * the response of an HTTP request. Any thread; blocks while the client does not read, and drops
 * what a client that is gone cannot get.
 */
@FunctionalInterface
public interface Outlet {

  /** Sends a whole JSON-RPC message. */
  void send(Map<String, ?> message);

  /** The request was cancelled: it gets no answer, and nothing more is sent for it. */
  default void cancelled() {}
}
