package dev.caisson.mcp.protocol;

import java.util.Map;
import java.util.Optional;

/**
 * What a request may say to its client and ask of it, whatever the era and the transport. Any
 * thread. Nothing is sent any more once the request is answered or cancelled.
 */
public interface ClientLink {

  /** What the client can be asked. */
  ClientCapabilities capabilities();

  /** Whether the client wants to hear of this request's progress. */
  boolean wantsProgress();

  /**
   * Tells how far the request is; nothing happens when the client does not want to know.
   *
   * @param progress larger each time
   * @param total what it is when all is done, when that is known
   * @param message for the user; left out when empty
   */
  void progress(double progress, Optional<Double> total, String message);

  /**
   * Sends a log message, when the client wants those of this level.
   *
   * @param data anything that has a JSON form
   */
  void log(LogLevel level, String logger, Object data);

  /**
   * Asks the client and waits for its answer. Interrupting the thread withdraws the question.
   *
   * @param method one that the protocol has for clients
   * @throws ClientRefusedException when the client cannot be asked this, answers with an error, or
   *     is gone
   */
  Map<String, Object> ask(String method, Map<String, Object> parameters)
      throws ClientRefusedException, InterruptedException;

  /** Whether nobody waits for the answer any more. */
  boolean isCancelled();

  /** Shows the client's user a form, described by a flat JSON Schema. */
  default Elicited elicit(String message, Map<String, Object> schema)
      throws ClientRefusedException, InterruptedException {
    return Elicited.of(
        ask(
            ClientCapabilities.ELICITATION,
            Json.ordered("message", message, "requestedSchema", schema)));
  }

  /** Asks the client's model; the parameters and the result are those of the protocol. */
  default Map<String, Object> sample(Map<String, Object> parameters)
      throws ClientRefusedException, InterruptedException {
    return ask(ClientCapabilities.SAMPLING, parameters);
  }

  /** Asks for the client's folders; the result is that of the protocol. */
  default Map<String, Object> roots() throws ClientRefusedException, InterruptedException {
    return ask(ClientCapabilities.ROOTS, Map.of());
  }
}
