package dev.caisson.mcp.http;

import dev.caisson.mcp.protocol.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One message of a stream.
 *
 * @param number from 1
 * @param json read-only, positioned at its start; to be duplicated by who reads it
 * @param last whether it is the answer, after which nothing comes
 * @param failure the code of the error that it is; 0 when it is none
 */
record Event(long number, ByteBuffer json, boolean last, int failure) {

  static Event of(long number, Map<String, ?> message) {
    var bytes = Json.text(message).getBytes(StandardCharsets.UTF_8);
    return new Event(
        number,
        ByteBuffer.wrap(bytes).asReadOnlyBuffer(),
        !message.containsKey("method"),
        message.get("error") instanceof Map<?, ?> error && error.get("code") instanceof Integer code
            ? code
            : 0);
  }

  int bytes() {
    return json.remaining();
  }
}
