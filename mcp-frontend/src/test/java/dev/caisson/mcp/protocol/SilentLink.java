package dev.caisson.mcp.protocol;

import java.util.Map;
import java.util.Optional;

/** A client that wants to hear nothing and can be asked nothing. */
public final class SilentLink implements ClientLink {

  @Override
  public ClientCapabilities capabilities() {
    return ClientCapabilities.NONE;
  }

  @Override
  public boolean wantsProgress() {
    return false;
  }

  @Override
  public void progress(double progress, Optional<Double> total, String message) {}

  @Override
  public void log(LogLevel level, String logger, Object data) {}

  @Override
  public Map<String, Object> ask(String method, Map<String, Object> parameters)
      throws ClientRefusedException {
    throw new ClientRefusedException("it can be asked nothing");
  }

  @Override
  public boolean isCancelled() {
    return false;
  }
}
