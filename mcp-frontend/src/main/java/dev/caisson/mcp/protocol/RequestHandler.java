package dev.caisson.mcp.protocol;

/**
 * Answers one method of the protocol. Called on the request's own thread, where a cancellation
 * arrives as an interrupt.
 */
@FunctionalInterface
public interface RequestHandler {

  /** The result: a record of the SDK's or a map, without what an era adds to every result. */
  Object answer(Call call) throws RequestRefusedException, InterruptedException;
}
