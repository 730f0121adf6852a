package dev.caisson.mcp.protocol;

import java.util.Map;

/**
 * What the user of a client did with a question.
 *
 * @param content of the form, when it was accepted; else empty
 */
public record Elicited(Action action, Map<String, Object> content) {

  /** What became of the form. */
  public enum Action {
    /** Filled in and sent. */
    ACCEPT,
    /** Refused. */
    DECLINE,
    /** Closed without a decision. */
    CANCEL
  }

  static Elicited of(Map<String, Object> result) throws ClientRefusedException {
    var action = String.valueOf(result.get("action"));
    return new Elicited(
        switch (action) {
          case "accept" -> Action.ACCEPT;
          case "decline" -> Action.DECLINE;
          case "cancel" -> Action.CANCEL;
          default ->
              throw new ClientRefusedException("its answer is none of accept, decline and cancel");
        },
        Json.object(result.get("content")));
  }
}
