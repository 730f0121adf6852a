package dev.caisson.mcp.http;

import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.Json;
import dev.caisson.mcp.protocol.RequestRefusedException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An answer with a status of HTTP that is none of success. */
final class RefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient Map<String, Object> body;
  private final transient Map<String, String> headers;

  private RefusedException(int status, Map<String, Object> body, Map<String, String> headers) {
    super(status + " " + body);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }

  /** With an error of JSON-RPC that belongs to no request. */
  RefusedException(int status, String why) {
    this(status, why, Map.of());
  }

  RefusedException(int status, String why, Map<String, String> headers) {
    this(
        status,
        Json.error(null, new RequestRefusedException(ErrorCodes.INVALID_REQUEST, why)),
        headers);
  }

  RefusedException(int status, @Nullable Object request, RequestRefusedException refusal) {
    this(status, Json.error(request, refusal), Map.of());
  }

  int status() {
    return status;
  }

  Map<String, Object> body() {
    return body;
  }

  Map<String, String> headers() {
    return headers;
  }
}
