package dev.caisson.mcp.protocol;

import java.util.Map;

/**
 * Log messages to clients. How a client says which it wants is a matter of its era, so there is no
 * method here; without this feature {@link ClientLink#log} sends nothing.
 */
public record LoggingFeature() implements Feature {

  static final String CAPABILITY = "logging";

  @Override
  public String capability() {
    return CAPABILITY;
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of();
  }

  @Override
  public Map<String, Offered> methods() {
    return Map.of();
  }
}
