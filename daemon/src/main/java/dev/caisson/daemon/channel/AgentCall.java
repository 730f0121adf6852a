package dev.caisson.daemon.channel;

import tools.jackson.databind.node.ObjectNode;

/**
 * A call out of the sandbox: asked for by code that nobody trusts.
 *
 * @param id the worker's number for it, rising from 1 without gaps; checked by the channel
 * @param arguments the bulk, not looked at yet
 */
@SuppressWarnings("ArrayRecordComponent") // carried, never compared
public record AgentCall(
    long id, String service, String method, ObjectNode header, byte[] arguments) {

  /** A text field of the header; empty when it is missing or no text. */
  public String text(String field) {
    return Json.text(header, field);
  }
}
