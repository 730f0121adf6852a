package dev.caisson.mcp.protocol;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a client has sent. Parameters and results are empty where none were sent. */
public sealed interface Incoming {

  /** Nothing but white space. */
  record Blank() implements Incoming {}

  /** To be answered with this error; the id is null when the text has none that could be read. */
  record Malformed(@Nullable Object id, int code, String message) implements Incoming {}

  /**
   * A request.
   *
   * @param id a text or a whole number
   */
  record Request(Object id, String method, Map<String, Object> parameters) implements Incoming {

    /** The {@code _meta} of the parameters; empty when there is none. */
    public Map<String, Object> meta() {
      return Json.object(parameters.get("_meta"));
    }
  }

  /** A notification. */
  record Notification(String method, Map<String, Object> parameters) implements Incoming {}

  /** The client's answer to a request of ours. */
  record Response(Object id, Map<String, Object> result, Optional<Failure> failure)
      implements Incoming {

    /** Why there is no result. */
    public record Failure(int code, String message) {}
  }
}
