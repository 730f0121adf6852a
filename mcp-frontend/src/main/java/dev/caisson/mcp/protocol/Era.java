package dev.caisson.mcp.protocol;

import java.util.Optional;

/** What the revisions of the protocol differ in, for one request. */
sealed interface Era permits LegacyEra, ModernEra {

  /** Says what is to be done for a request. Any thread; does not wait. */
  Taken take(Incoming.Request request, Exchange exchange) throws RequestRefusedException;

  /** The result as this era sends it. */
  Object dressed(Object result, Optional<CacheHint> hint);

  /** The refusal as this era says it. */
  RequestRefusedException dressed(RequestRefusedException refusal);

  /** What is to be done. */
  sealed interface Taken {

    /** The result is there, undressed. */
    record Known(Object result, Optional<CacheHint> hint) implements Taken {}

    /** It has to be asked for. */
    record Work(Feature.Offered offered, ClientLink client) implements Taken {}
  }
}
