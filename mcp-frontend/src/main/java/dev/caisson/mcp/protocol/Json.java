package dev.caisson.mcp.protocol;

import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.TypeRef;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON-RPC messages as maps, and as text. */
public final class Json {

  private static final TypeRef<LinkedHashMap<String, Object>> OBJECT = new TypeRef<>() {};

  private Json() {}

  /** The members of a JSON object; none of anything else. */
  @SuppressWarnings("unchecked") // the keys of a parsed JSON object are texts
  static Map<String, Object> object(@Nullable Object value) {
    return value instanceof Map<?, ?> object ? (Map<String, Object>) object : Map.of();
  }

  /** Members in this order; {@code Map.of} would send them in another one each time. */
  static Map<String, Object> ordered(String first, Object one, String second, Object two) {
    var members = new LinkedHashMap<String, Object>();
    members.put(first, one);
    members.put(second, two);
    return members;
  }

  /** One of the SDK's records, or a map, as a map that may be changed. */
  static Map<String, Object> members(Object result) {
    return McpJsonDefaults.getMapper().convertValue(result, OBJECT);
  }

  static Map<String, Object> result(Object id, Object result) {
    return message(id, "result", result);
  }

  /** An answer that says why there is no result. */
  public static Map<String, Object> error(@Nullable Object id, RequestRefusedException refusal) {
    var error = new LinkedHashMap<String, Object>();
    error.put("code", refusal.code());
    error.put("message", refusal.explanation());
    if (!refusal.data().isEmpty()) {
      error.put("data", refusal.data());
    }
    return message(id, "error", error);
  }

  static Map<String, Object> notification(String method, Map<String, ?> parameters) {
    var message = new LinkedHashMap<String, Object>();
    message.put("jsonrpc", "2.0");
    message.put("method", method);
    message.put("params", parameters);
    return message;
  }

  static Map<String, Object> request(String id, String method, Map<String, ?> parameters) {
    var message = new LinkedHashMap<String, Object>();
    message.put("jsonrpc", "2.0");
    message.put("id", id);
    message.put("method", method);
    message.put("params", parameters);
    return message;
  }

  @SuppressWarnings("NullAway") // JSON-RPC asks for an id of null where none could be read
  private static Map<String, Object> message(@Nullable Object id, String part, Object value) {
    var message = new LinkedHashMap<String, Object>();
    message.put("jsonrpc", "2.0");
    message.put("id", id);
    message.put(part, value);
    return message;
  }

  /** A message as it goes over the wire. */
  public static String text(Object message) {
    try {
      return McpJsonDefaults.getMapper().writeValueAsString(message);
    } catch (IOException problem) {
      throw new IllegalStateException("a message of ours has no JSON form", problem);
    }
  }
}
