package dev.caisson.daemon.channel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON as the channel carries it. Reads trees only, never objects of a class that the bytes name,
 * and no deeper than 64 levels.
 */
public final class Json {

  /** How deep JSON from a sandbox or a client may be nested. */
  public static final int DEPTH = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH)
                          .maxStringLength(64 << 20)
                          .maxNumberLength(10_000)
                          .build())
                  .build())
          .build();

  private Json() {}

  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  public static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /** Reads one JSON value, or says why it is none. */
  public static JsonNode read(byte[] bytes, int from, int length) {
    return MAPPER.readTree(bytes, from, length);
  }

  /** Whether the bytes are one JSON value of an allowed depth; empty when they are. */
  public static java.util.Optional<String> fault(byte[] bytes) {
    try (var parser = MAPPER.createParser(bytes)) {
      var first = parser.nextToken();
      if (first == null) {
        return java.util.Optional.of("it is empty");
      }
      parser.skipChildren();
      return parser.nextToken() == null
          ? java.util.Optional.empty()
          : java.util.Optional.of("there is more after the JSON value");
    } catch (JacksonException e) {
      return java.util.Optional.of(String.valueOf(e.getOriginalMessage()));
    }
  }

  static ObjectNode readObject(Message message, int from, int length) {
    try {
      if (read(message.payload(), from, length) instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException e) {
      throw Violation.of(
          "the JSON of a %s frame cannot be read: %s"
              .formatted(message.kind().wireName(), e.getOriginalMessage()));
    }
    throw Violation.of("the JSON of a " + message.kind().wireName() + " frame is not an object");
  }

  static ObjectNode readObject(Message message) {
    return readObject(message, 0, message.payload().length);
  }

  /** A header and what follows it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Headed(ObjectNode header, byte[] bulk) {}

  static byte[] headed(ObjectNode header, byte[] bulk) {
    byte[] text = bytes(header);
    return ByteBuffer.allocate(4 + text.length + bulk.length)
        .putInt(text.length)
        .put(text)
        .put(bulk)
        .array();
  }

  static Headed readHeaded(Message message) {
    byte[] payload = message.payload();
    if (payload.length < 4) {
      throw Violation.of("a " + message.kind().wireName() + " frame without a header");
    }
    long length = ByteBuffer.wrap(payload).getInt() & 0xFFFF_FFFFL;
    if (length > payload.length - 4L) {
      throw Violation.of("a " + message.kind().wireName() + " frame whose header is cut short");
    }
    int end = 4 + (int) length;
    return new Headed(
        readObject(message, 4, (int) length), Arrays.copyOfRange(payload, end, payload.length));
  }

  static String text(ObjectNode node, String field) {
    JsonNode value = node.get(field);
    return value != null && value.isString() ? clean(value.stringValue()) : "";
  }

  /** Text without lone surrogates, which Python strings may hold and UTF-8 cannot carry. */
  static String clean(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }
}
