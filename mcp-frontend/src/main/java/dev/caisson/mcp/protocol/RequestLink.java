package dev.caisson.mcp.protocol;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The client of one request, as its era lets it be spoken to. */
final class RequestLink implements ClientLink {

  private final Exchange exchange;
  private final Optional<Object> progressToken;
  private final ClientCapabilities capabilities;
  private final Supplier<Optional<LogLevel>> leastLogged;
  private final Asking asking;

  /** How a question gets to the client. */
  @FunctionalInterface
  interface Asking {
    Map<String, Object> ask(Exchange exchange, String method, Map<String, Object> parameters)
        throws ClientRefusedException, InterruptedException;
  }

  /**
   * @param leastLogged the least grave messages that the client wants; empty when it wants none
   */
  RequestLink(
      Exchange exchange,
      Map<String, Object> meta,
      ClientCapabilities capabilities,
      Supplier<Optional<LogLevel>> leastLogged,
      Asking asking) {
    this.exchange = exchange;
    this.progressToken = Optional.ofNullable(meta.get("progressToken"));
    this.capabilities = capabilities;
    this.leastLogged = leastLogged;
    this.asking = asking;
  }

  @Override
  public ClientCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public boolean wantsProgress() {
    return progressToken.isPresent();
  }

  @Override
  public void progress(double progress, Optional<Double> total, String message) {
    if (progressToken.isEmpty()) {
      return;
    }
    var parameters = new LinkedHashMap<String, Object>();
    parameters.put("progressToken", progressToken.get());
    parameters.put("progress", progress);
    total.ifPresent(all -> parameters.put("total", all));
    if (!message.isEmpty()) {
      parameters.put("message", message);
    }
    exchange.say(Json.notification("notifications/progress", parameters));
  }

  @Override
  public void log(LogLevel level, String logger, Object data) {
    if (leastLogged.get().filter(least -> level.compareTo(least) >= 0).isEmpty()) {
      return;
    }
    exchange.say(
        Json.notification(
            "notifications/message",
            Map.of("level", level.onTheWire(), "logger", logger, "data", data)));
  }

  @Override
  public Map<String, Object> ask(String method, Map<String, Object> parameters)
      throws ClientRefusedException, InterruptedException {
    if (!capabilities.allow(method)) {
      throw new ClientRefusedException("it did not say that it takes " + method);
    }
    return asking.ask(exchange, method, parameters);
  }

  @Override
  public boolean isCancelled() {
    return exchange.isCancelled();
  }
}
