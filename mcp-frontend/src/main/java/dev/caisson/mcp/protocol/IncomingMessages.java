package dev.caisson.mcp.protocol;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes messages of texts, or says what is wrong with them. Pure; never throws for bad input. */
public final class IncomingMessages {

  private IncomingMessages() {}

  public static Incoming parse(String text) {
    if (text.isBlank()) {
      return new Incoming.Blank();
    }
    JsonNode node;
    try {
      node = JsonMapper.shared().readTree(text);
    } catch (JacksonException problem) {
      return new Incoming.Malformed(null, ErrorCodes.PARSE_ERROR, "the message is not JSON");
    }
    if (node.isArray()) {
      return invalid(null, "batches are not supported by MCP");
    }
    if (!node.isObject()) {
      return invalid(null, "the message is not a JSON object");
    }
    return message(node);
  }

  private static Incoming.Malformed invalid(@Nullable Object id, String message) {
    return new Incoming.Malformed(id, ErrorCodes.INVALID_REQUEST, message);
  }

  private static Incoming message(JsonNode node) {
    var id = id(node.path("id"));
    if (!node.path("jsonrpc").asString("").equals("2.0")) {
      return invalid(id, "'jsonrpc' is not \"2.0\"");
    }
    if (node.has("id") && id == null) {
      return invalid(null, "'id' is neither a string nor a whole number");
    }
    var parameters = node.path("params");
    if (!parameters.isMissingNode() && !parameters.isNull() && !parameters.isObject()) {
      return invalid(id, "'params' is not an object");
    }
    if (node.has("method")) {
      if (!node.path("method").isString()) {
        return invalid(id, "'method' is not a string");
      }
      var method = node.path("method").stringValue();
      return id == null
          ? new Incoming.Notification(method, plain(parameters))
          : new Incoming.Request(id, method, plain(parameters));
    }
    if (id != null && (node.has("result") || node.has("error"))) {
      return response(node, id);
    }
    return invalid(id, "'method' is missing");
  }

  private static Incoming.Response response(JsonNode node, Object id) {
    var error = node.path("error");
    return new Incoming.Response(
        id,
        plain(node.path("result")),
        error.isObject()
            ? Optional.of(
                new Incoming.Response.Failure(
                    error.path("code").asInt(ErrorCodes.INTERNAL_ERROR),
                    error.path("message").asString("")))
            : Optional.empty());
  }

  private static @Nullable Object id(JsonNode id) {
    if (id.isString()) {
      return id.stringValue();
    }
    if (!id.isIntegralNumber()) {
      return null;
    }
    // The same types as in parsed parameters, where a cancellation names the id.
    if (id.canConvertToInt()) {
      return id.intValue();
    }
    return id.canConvertToLong() ? (Object) id.longValue() : (Object) id.bigIntegerValue();
  }

  private static Map<String, Object> plain(JsonNode object) {
    if (!object.isObject()) {
      return Map.of();
    }
    return JsonMapper.shared().convertValue(object, new TypeReference<>() {});
  }
}
