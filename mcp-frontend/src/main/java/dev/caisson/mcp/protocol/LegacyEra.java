package dev.caisson.mcp.protocol;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The revisions up to 2025-11-25, of one connection: a client greets first, and what it says then
 * holds for all its requests. Any thread.
 */
final class LegacyEra implements Era {

  /** Oldest first. */
  static final List<String> VERSIONS =
      List.of("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25");

  private final Offer offer;
  private final Questions questions;

  /** What the client said when it greeted; null until it has. */
  private final AtomicReference<@Nullable ClientCapabilities> greeting = new AtomicReference<>();

  /** Until the client says what it wants; so did the server of the SDK. */
  private volatile LogLevel leastLogged = LogLevel.INFO;

  LegacyEra(Offer offer, Questions questions) {
    this.offer = offer;
    this.questions = questions;
  }

  @Override
  public Taken take(Incoming.Request request, Exchange exchange) throws RequestRefusedException {
    return switch (request.method()) {
      case "ping" -> known(Map.of());
      case "initialize" -> known(greet(request.parameters()));
      case "logging/setLevel" -> {
        var ignored = greeted(request.method());
        if (!offer.isLogging()) {
          throw Offer.unknown(request.method());
        }
        leastLogged = LogLevel.named(request.parameters().get("level"));
        yield known(Map.of());
      }
      default -> {
        var offered = offer.method(request.method());
        var capabilities = greeted(request.method());
        yield new Taken.Work(
            offered,
            new RequestLink(
                exchange, request.meta(), capabilities, this::leastLogged, questions::ask));
      }
    };
  }

  private static Taken known(Map<String, Object> result) {
    return new Taken.Known(result, Optional.empty());
  }

  private ClientCapabilities greeted(String method) throws RequestRefusedException {
    var capabilities = greeting.get();
    if (capabilities == null) {
      throw new RequestRefusedException(
          ErrorCodes.INVALID_REQUEST, "send 'initialize' before '" + method + "'");
    }
    return capabilities;
  }

  private Map<String, Object> greet(Map<String, Object> parameters) throws RequestRefusedException {
    var declared = new ClientCapabilities(Json.object(parameters.get("capabilities")));
    if (!greeting.compareAndSet(null, declared)) {
      throw new RequestRefusedException(ErrorCodes.INVALID_REQUEST, "initialize came twice");
    }
    var asked = parameters.get("protocolVersion");
    var result = new LinkedHashMap<String, Object>();
    result.put(
        "protocolVersion",
        asked instanceof String version && VERSIONS.contains(version)
            ? version
            : VERSIONS.getLast());
    result.put("capabilities", offer.capabilities());
    result.put("serverInfo", offer.identity().info());
    if (!offer.identity().instructions().isEmpty()) {
      result.put("instructions", offer.identity().instructions());
    }
    return result;
  }

  private Optional<LogLevel> leastLogged() {
    return offer.isLogging() ? Optional.of(leastLogged) : Optional.empty();
  }

  @Override
  public Object dressed(Object result, Optional<CacheHint> hint) {
    return result;
  }

  @Override
  public RequestRefusedException dressed(RequestRefusedException refusal) {
    return refusal;
  }
}
