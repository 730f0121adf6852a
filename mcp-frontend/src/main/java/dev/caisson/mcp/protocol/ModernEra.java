package dev.caisson.mcp.protocol;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Revision 2026-07-28: nothing is known of a client but what its request carries. Immutable, for
 * all connections.
 */
final class ModernEra implements Era {

  static final List<String> VERSIONS = List.of("2026-07-28");

  private static final String PREFIX = "io.modelcontextprotocol/";
  static final String VERSION = PREFIX + "protocolVersion";
  private static final String CAPABILITIES = PREFIX + "clientCapabilities";
  private static final String LOG_LEVEL = PREFIX + "logLevel";
  private static final String SERVER_INFO = PREFIX + "serverInfo";
  private static final String DISCOVER = "server/discover";

  /** What it says is decided when the server starts. */
  private static final CacheHint DISCOVERED =
      new CacheHint(Duration.ofMinutes(5), CacheHint.Scope.PUBLIC);

  private final Offer offer;

  ModernEra(Offer offer) {
    this.offer = offer;
  }

  /**
   * Whether a request is of this era: it carries what every request of it has to, or has a method
   * that no other era knows.
   */
  static boolean claims(Incoming.Request request) {
    var meta = request.meta();
    return !request.method().equals("initialize")
        && (request.method().equals(DISCOVER)
            || meta.containsKey(VERSION)
            || meta.containsKey(CAPABILITIES));
  }

  @Override
  public Taken take(Incoming.Request request, Exchange exchange) throws RequestRefusedException {
    var meta = request.meta();
    requireVersion(meta);
    if (!(meta.get(CAPABILITIES) instanceof Map<?, ?>)) {
      throw incomplete(CAPABILITIES, "an object");
    }
    var least = leastLogged(meta);
    if (request.method().equals(DISCOVER)) {
      return new Taken.Known(discovered(), Optional.of(DISCOVERED));
    }
    return new Taken.Work(
        offer.method(request.method()),
        new RequestLink(
            exchange,
            meta,
            // A server of this era asks by its answer; until it does, nothing can be asked.
            ClientCapabilities.NONE,
            () -> least,
            ModernEra::cannotAsk));
  }

  private static void requireVersion(Map<String, Object> meta) throws RequestRefusedException {
    if (!(meta.get(VERSION) instanceof String version)) {
      throw incomplete(VERSION, "a text");
    }
    if (!VERSIONS.contains(version)) {
      throw Revisions.unsupported(version);
    }
  }

  /** What a request has to carry and does not. */
  static RequestRefusedException incomplete(String key, String what) {
    return new RequestRefusedException(
        ErrorCodes.INVALID_PARAMS,
        "'_meta' has to carry '%s', %s, with every request of revision %s"
            .formatted(key, what, VERSIONS.getLast()));
  }

  private Optional<LogLevel> leastLogged(Map<String, Object> meta) throws RequestRefusedException {
    var asked = meta.get(LOG_LEVEL);
    if (asked == null) {
      return Optional.empty();
    }
    var level = LogLevel.named(asked);
    return offer.isLogging() ? Optional.of(level) : Optional.empty();
  }

  private static Map<String, Object> cannotAsk(
      Exchange exchange, String method, Map<String, Object> parameters)
      throws ClientRefusedException {
    throw new ClientRefusedException("a running request of this revision cannot ask");
  }

  private Map<String, Object> discovered() {
    var result = new LinkedHashMap<String, Object>();
    result.put("supportedVersions", VERSIONS);
    result.put("capabilities", offer.capabilities());
    if (!offer.identity().instructions().isEmpty()) {
      result.put("instructions", offer.identity().instructions());
    }
    return result;
  }

  @Override
  public Object dressed(Object result, Optional<CacheHint> hint) {
    var dressed = Json.members(result);
    dressed.putIfAbsent("resultType", "complete");
    if (dressed.get("resultType").equals("complete")) {
      hint.ifPresent(caching -> caching.addTo(dressed));
    }
    var meta = new LinkedHashMap<>(Json.object(dressed.get("_meta")));
    meta.putIfAbsent(SERVER_INFO, offer.identity().info());
    dressed.put("_meta", meta);
    return dressed;
  }

  @Override
  public RequestRefusedException dressed(RequestRefusedException refusal) {
    return refusal.code() == ErrorCodes.RESOURCE_NOT_FOUND
        ? new RequestRefusedException(
            ErrorCodes.INVALID_PARAMS, refusal.explanation(), refusal.data())
        : refusal;
  }
}
