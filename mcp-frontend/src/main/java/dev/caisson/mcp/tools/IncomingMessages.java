package dev.caisson.mcp.tools;

import dev.caisson.mcp.text.BoundedLines;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Makes messages of lines, or says what is wrong with them. Pure; never throws for bad input. */
final class IncomingMessages {

  private final int lineLimit;

  IncomingMessages(int lineLimit) {
    this.lineLimit = lineLimit;
  }

  /** What a line is. */
  sealed interface Parsed {}

  /** Nothing but white space. */
  record Blank() implements Parsed {}

  /** A message as the SDK knows them. */
  record Accepted(JSONRPCMessage message) implements Parsed {}

  /** To be answered with this error; the id is null when the line has none that could be read. */
  record Refused(@Nullable Object id, int code, String message) implements Parsed {}

  Parsed parse(BoundedLines.Line line) {
    if (!line.whole()) {
      return new Refused(
          null,
          ErrorCodes.INVALID_REQUEST,
          "the message is longer than " + (lineLimit >> 20) + " MiB");
    }
    if (line.text().isBlank()) {
      return new Blank();
    }
    JsonNode node;
    try {
      node = JsonMapper.shared().readTree(line.text());
    } catch (JacksonException problem) {
      return new Refused(null, ErrorCodes.PARSE_ERROR, "the line is not JSON");
    }
    if (node.isArray()) {
      return new Refused(null, ErrorCodes.INVALID_REQUEST, "batches are not supported by MCP");
    }
    if (!node.isObject()) {
      return new Refused(null, ErrorCodes.INVALID_REQUEST, "the message is not a JSON object");
    }
    return message(node);
  }

  private static Parsed message(JsonNode node) {
    var id = id(node.path("id"));
    if (!node.path("jsonrpc").asString("").equals("2.0")) {
      return new Refused(id, ErrorCodes.INVALID_REQUEST, "'jsonrpc' is not \"2.0\"");
    }
    if (node.has("id") && id == null) {
      return new Refused(
          null, ErrorCodes.INVALID_REQUEST, "'id' is neither a string nor a whole number");
    }
    var parameters = node.path("params");
    if (!parameters.isMissingNode() && !parameters.isNull() && !parameters.isObject()) {
      return new Refused(id, ErrorCodes.INVALID_REQUEST, "'params' is not an object");
    }
    if (node.has("method")) {
      if (!node.path("method").isString()) {
        return new Refused(id, ErrorCodes.INVALID_REQUEST, "'method' is not a string");
      }
      var method = node.path("method").stringValue();
      if (method.equals(McpSchema.METHOD_TOOLS_CALL)) {
        dropNulls(parameters.path("arguments"));
      }
      return new Accepted(
          id == null
              ? new JSONRPCNotification(method, plain(parameters))
              : new JSONRPCRequest(method, id, plain(parameters)));
    }
    if (id != null && (node.has("result") || node.has("error"))) {
      return response(node, id);
    }
    return new Refused(id, ErrorCodes.INVALID_REQUEST, "'method' is missing");
  }

  /**
   * Clients send what they leave out as null. The SDK's server checks a call against the tool's
   * schema before the tool sees it, and refuses null for a text.
   */
  private static void dropNulls(JsonNode arguments) {
    if (arguments instanceof ObjectNode object) {
      object.removeIf(JsonNode::isNull);
    }
  }

  private static Parsed response(JsonNode node, Object id) {
    var error = node.path("error");
    if (error.isObject()) {
      return new Accepted(
          JSONRPCResponse.error(
              id,
              new JSONRPCResponse.JSONRPCError(
                  error.path("code").asInt(ErrorCodes.INTERNAL_ERROR),
                  error.path("message").asString(""))));
    }
    return new Accepted(JSONRPCResponse.result(id, plain(node.path("result"))));
  }

  private static @Nullable Object id(JsonNode id) {
    if (id.isString()) {
      return id.stringValue();
    }
    if (!id.isIntegralNumber()) {
      return null;
    }
    return id.canConvertToInt() ? (Object) id.intValue() : (Object) id.bigIntegerValue();
  }

  private static Map<String, Object> plain(JsonNode object) {
    if (!object.isObject()) {
      return Map.of();
    }
    return JsonMapper.shared().convertValue(object, new TypeReference<>() {});
  }
}
