package dev.caisson.mcp.upstream;

import dev.caisson.mcp.upstream.LostConnectionException.Delivery;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What of a conversation over Streamable HTTP is said in headers: the version, the session of the
 * older era, the method and the name of the newer one. Any thread may use it.
 */
final class HttpSession {

  private static final int LONGEST_ID = 1024;

  private volatile Revision revision = Revision.NONE;
  private final Map<String, ParameterHeaders> parameters = new ConcurrentHashMap<>();
  private volatile Optional<String> id = Optional.empty();

  void speak(Revision of) {
    revision = of;
  }

  /** Whether streams can go on after they broke, and nobody cancels by closing them. */
  boolean isLegacy() {
    return !revision.isModern();
  }

  boolean hasId() {
    return id.isPresent();
  }

  /** Why a tool with this schema cannot be called; empty when it can. */
  Optional<String> learn(String tool, String inputSchema) {
    if (!revision.isModern()) {
      return Optional.empty();
    }
    try {
      var mirrored = ParameterHeaders.of(inputSchema);
      if (mirrored == ParameterHeaders.NONE) {
        parameters.remove(tool);
      } else {
        parameters.put(tool, mirrored);
      }
      return Optional.empty();
    } catch (ParameterHeaders.InvalidSchemaException invalid) {
      return Optional.of(String.valueOf(invalid.getMessage()));
    }
  }

  /** The headers for this message. */
  Map<String, String> headers(Message message) throws LostConnectionException {
    if (!revision.isModern()) {
      return headers();
    }
    var headers = headers();
    if (message instanceof Message.Request request) {
      MirroredHeaders.of(request, parameters, headers);
    }
    return headers;
  }

  /** The headers for what carries no message. */
  Map<String, String> headers() {
    var headers = new LinkedHashMap<String, String>();
    if (!revision.version().isEmpty()) {
      headers.put("MCP-Protocol-Version", revision.version());
    }
    if (isLegacy()) {
      id.ifPresent(known -> headers.put("Mcp-Session-Id", known));
    }
    return headers;
  }

  /** Takes the session's id from the answer to the greeting. */
  void begin(HttpReply reply) throws LostConnectionException {
    var given = reply.header("Mcp-Session-Id");
    if (given.isPresent()
        && (given.get().isEmpty()
            || given.get().length() > LONGEST_ID
            || !given.get().chars().allMatch(c -> c > ' ' && c < 0x7f))) {
      throw new LostConnectionException(
          "its Mcp-Session-Id is not 1 to " + LONGEST_ID + " visible ASCII characters",
          Delivery.UNKNOWN);
    }
    id = given;
  }

  /**
   * Whether this answer to a request in a session means that the server does not know it any more.
   * By the specification that is 404; official examples answer 400 and say so.
   */
  boolean isGone(HttpReply reply, String beginning) {
    return isLegacy()
        && hasId()
        && (reply.status() == 404
            || reply.status() == 400 && beginning.toLowerCase(Locale.ROOT).contains("session"));
  }
}
