package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** How to begin with a server whose era is not known, or is. */
enum Approach {
  /** Ask what only the newer era knows, and greet in the older one when that is not answered. */
  PROBE,
  /** Greet in the older era; for servers that do not bear the question. */
  GREET,
  /** Greet over HTTP with SSE, as it was in 2024. */
  OLD_SSE;

  /** The definition to make a wire of. */
  ServerDefinition of(ServerDefinition definition) {
    return this == OLD_SSE && definition instanceof ServerDefinition.Http http
        ? http.overSse()
        : definition;
  }

  /**
   * Which approaches one attempt to connect takes, one after the other. For one thread.
   *
   * @see #next
   */
  static final class Order {
    private final ServerDefinition definition;
    private final Set<Approach> taken = EnumSet.noneOf(Approach.class);
    private Approach current;

    /** Begins with what was right the last time. */
    Order(ServerDefinition definition, Optional<Approach> lastTime) {
      this.definition = definition;
      this.current = lastTime.orElse(isOldSse(definition) ? OLD_SSE : PROBE);
    }

    Approach current() {
      return current;
    }

    private static boolean isOldSse(ServerDefinition definition) {
      return definition instanceof ServerDefinition.Http http && http.sse();
    }

    /** What to try after the current one failed so; empty when there is nothing left. */
    Optional<Approach> next(Exception failure) {
      taken.add(current);
      var next =
          Optional.of(following(failure))
              .filter(Optional::isPresent)
              .map(Optional::get)
              .filter(approach -> !taken.contains(approach));
      next.ifPresent(approach -> current = approach);
      return next;
    }

    private Optional<Approach> following(Exception failure) {
      if (isOldSse(definition)) {
        return Optional.empty();
      }
      return switch (failure) {
        case LostConnectionException lost when lost.delivery() == Delivery.REFUSED ->
            definition instanceof ServerDefinition.Http ? Optional.of(OLD_SSE) : Optional.empty();
        // Some servers end at a first message that is no greeting.
        case LostConnectionException lost
            when current == PROBE && lost.delivery() == Delivery.UNKNOWN ->
            Optional.of(GREET);
        // What was right the last time is so no more.
        case LostConnectionException lost when current == OLD_SSE -> Optional.of(PROBE);
        case RpcErrorException error when current != PROBE -> Optional.of(PROBE);
        default -> Optional.empty();
      };
    }
  }
}
