package dev.caisson.mcp.upstream;

import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;

/**
 * One JSON-RPC message. Everything in it that is not ours to understand is raw JSON text, also the
 * id: a server may number its requests as it likes and gets its own numbers back.
 */
sealed interface Message {

  /** A request; {@code id} and {@code params} are JSON, {@code params} an object. */
  record Request(String id, String method, String params) implements Message {}

  /** A notification; {@code params} is JSON, an object. */
  record Notification(String method, String params) implements Message {}

  /** A good answer; {@code result} is JSON. */
  record Answer(String id, String result) implements Message {}

  /** A JSON-RPC error; {@code error} is JSON, usually {@code {"code": …, "message": …}}. */
  record Refusal(String id, String error) implements Message {}

  /** An id that is the same for {@code 7} and {@code "7"}: some servers answer with a text. */
  static String plainId(String id) {
    return id.startsWith("\"") ? RawJson.decoded(id) : id;
  }

  /** The message with this done to all raw JSON that the other side has written. */
  default Message with(UnaryOperator<String> change) {
    return switch (this) {
      case Request(var id, var method, var params) -> new Request(id, method, change.apply(params));
      case Notification(var method, var params) -> new Notification(method, change.apply(params));
      case Answer(var id, var result) -> new Answer(id, change.apply(result));
      case Refusal(var id, var error) -> new Refusal(id, change.apply(error));
    };
  }

  /**
   * Reads one message. Throws what Jackson says when it is no JSON; empty when it is no message.
   */
  static Optional<Message> read(String text) throws JacksonException {
    RawJson.check(text);
    var members = RawJson.members(text);
    var method = members.text("method");
    var id = members.raw("id").filter(raw -> !raw.equals("null"));
    if (method.isPresent()) {
      var params = members.raw("params").orElse("{}");
      return Optional.of(
          id.isPresent()
              ? new Request(id.get(), method.get(), params)
              : new Notification(method.get(), params));
    }
    if (id.isEmpty()) {
      return Optional.empty();
    }
    if (members.has("error") && !members.begins("error", "null")) {
      return Optional.of(new Refusal(id.get(), members.raw("error").orElse("{}")));
    }
    return members.raw("result").map(result -> new Answer(id.get(), result));
  }

  /** The message's JSON text, on one line. */
  default String json() {
    var text =
        switch (this) {
          case Request(var id, var method, var params) ->
              "\"id\":" + id + ",\"method\":" + RawJson.quoted(method) + params(params);
          case Notification(var method, var params) ->
              "\"method\":" + RawJson.quoted(method) + params(params);
          case Answer(var id, var result) -> "\"id\":" + id + ",\"result\":" + result;
          case Refusal(var id, var error) -> "\"id\":" + id + ",\"error\":" + error;
        };
    return RawJson.onOneLine("{\"jsonrpc\":\"2.0\"," + text + "}");
  }

  private static String params(String raw) {
    return raw.equals("{}") ? "" : ",\"params\":" + raw;
  }
}
