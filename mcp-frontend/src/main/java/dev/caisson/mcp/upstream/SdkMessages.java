package dev.caisson.mcp.upstream;

import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Our messages inside the SDK's, for its transport: parameters, results and errors go through it as
 * raw JSON, which it does not look into. Everything else the SDK's own mapper does.
 */
final class SdkMessages implements McpJsonMapper {

  private final McpJsonMapper sdk = McpJsonDefaults.getMapper();

  /** JSON that the SDK carries as "any object". */
  private record Raw(String json) {}

  /** What the SDK takes for a message before it knows the kind; it asks for these keys alone. */
  private static final class Envelope extends HashMap<String, Object> {
    private static final long serialVersionUID = 1L;
    private final transient Message message;

    Envelope(Message message) {
      this.message = message;
      switch (message) {
        case Message.Request(var id, var method, var params) -> {
          put("id", id);
          put("method", method);
        }
        case Message.Notification(var method, var params) -> put("method", method);
        case Message.Answer(var id, var result) -> put("result", id);
        case Message.Refusal(var id, var error) -> put("error", id);
      }
    }
  }

  static JSONRPCMessage theirs(Message message) {
    return switch (message) {
      case Message.Request(var id, var method, var params) ->
          new JSONRPCRequest(method, value(id), new Raw(params));
      case Message.Notification(var method, var params) ->
          new JSONRPCNotification(method, new Raw(params));
      case Message.Answer(var id, var result) -> JSONRPCResponse.result(value(id), new Raw(result));
      case Message.Refusal(var id, var error) ->
          JSONRPCResponse.error(value(id), new JSONRPCError(0, "", new Raw(error)));
    };
  }

  /** Empty for what did not come out of this mapper. */
  static Optional<Message> ours(JSONRPCMessage message) {
    return switch (message) {
      case JSONRPCRequest request when request.params() instanceof Raw(var params) ->
          Optional.of(new Message.Request(RawJson.of(request.id()), request.method(), params));
      case JSONRPCNotification notification when notification.params() instanceof Raw(var params) ->
          Optional.of(new Message.Notification(notification.method(), params));
      case JSONRPCResponse response when response.result() instanceof Raw(var result) ->
          Optional.of(new Message.Answer(RawJson.of(response.id()), result));
      case JSONRPCResponse response
          when response.error() != null && response.error().data() instanceof Raw(var error) ->
          Optional.of(new Message.Refusal(RawJson.of(response.id()), error));
      default -> Optional.empty();
    };
  }

  private static Object value(String id) {
    return JsonMapper.shared().readValue(id, Object.class);
  }

  @Override
  public <T> T readValue(String content, TypeRef<T> type) throws IOException {
    if (!type.getType().getTypeName().startsWith(HashMap.class.getName())) {
      return sdk.readValue(content, type);
    }
    try {
      @SuppressWarnings("unchecked")
      var envelope =
          (T)
              new Envelope(
                  Message.read(content)
                      .orElseThrow(() -> new IOException("this is no JSON-RPC message")));
      return envelope;
    } catch (JacksonException problem) {
      throw new IOException("this is no JSON", problem);
    }
  }

  @Override
  public <T> T convertValue(Object value, Class<T> type) {
    return value instanceof Envelope envelope
        ? type.cast(theirs(envelope.message))
        : sdk.convertValue(value, type);
  }

  @Override
  public <T> T convertValue(Object value, TypeRef<T> type) {
    if (!(value instanceof Raw(var json))) {
      return sdk.convertValue(value, type);
    }
    try {
      return sdk.readValue(json, type);
    } catch (IOException problem) {
      throw new IllegalArgumentException("the SDK cannot read this", problem);
    }
  }

  @Override
  public String writeValueAsString(Object value) throws IOException {
    return value instanceof JSONRPCMessage message
        ? ours(message).orElseThrow(() -> new IOException("a message that is not ours")).json()
        : sdk.writeValueAsString(value);
  }

  @Override
  public byte[] writeValueAsBytes(Object value) throws IOException {
    return writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public <T> T readValue(String content, Class<T> type) throws IOException {
    return sdk.readValue(content, type);
  }

  @Override
  public <T> T readValue(byte[] content, Class<T> type) throws IOException {
    return sdk.readValue(content, type);
  }

  @Override
  public <T> T readValue(byte[] content, TypeRef<T> type) throws IOException {
    return readValue(new String(content, StandardCharsets.UTF_8), type);
  }
}
