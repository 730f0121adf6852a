package dev.caisson.mcp.protocol;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a server offers to every client. Immutable. */
final class Offer {

  private final ServerIdentity identity;
  private final Map<String, Object> capabilities = new LinkedHashMap<>();
  private final Map<String, Feature.Offered> methods = new LinkedHashMap<>();

  Offer(ServerIdentity identity, List<Feature> features) {
    this.identity = identity;
    for (var feature : features) {
      if (capabilities.put(feature.capability(), feature.settings()) != null) {
        throw new IllegalArgumentException(feature.capability() + " is offered twice");
      }
      methods.putAll(feature.methods());
    }
  }

  ServerIdentity identity() {
    return identity;
  }

  Map<String, Object> capabilities() {
    return capabilities;
  }

  boolean isLogging() {
    return capabilities.containsKey(LoggingFeature.CAPABILITY);
  }

  Feature.Offered method(String name) throws RequestRefusedException {
    var offered = methods.get(name);
    if (offered == null) {
      throw unknown(name);
    }
    return offered;
  }

  static RequestRefusedException unknown(String method) {
    return new RequestRefusedException(ErrorCodes.METHOD_NOT_FOUND, "Method not found: " + method);
  }
}
