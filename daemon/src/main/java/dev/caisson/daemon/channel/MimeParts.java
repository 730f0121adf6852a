package dev.caisson.daemon.channel;

import dev.caisson.daemon.model.MimeBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** MIME bundles as frames carry them: a list of parts in the header, their bytes in the bulk. */
final class MimeParts {

  static final int PARTS = 16;
  static final int METADATA_BYTES = 4_096;

  /** More than all parts can say of themselves. */
  static final int HEADER_BYTES = 128 << 10;

  private static final Pattern MIME =
      Pattern.compile("[a-z0-9][a-z0-9.+-]{0,62}/[a-z0-9][a-z0-9.+_-]{0,62}");

  private MimeParts() {}

  /** How many bytes the parts of this list have in all. Trusts none of their lengths. */
  static long bytes(JsonNode list) {
    if (!list.isArray() || list.size() > PARTS) {
      throw Violation.of("a MIME bundle that is no list of at most %d parts".formatted(PARTS));
    }
    long bytes = 0;
    for (JsonNode part : list) {
      JsonNode length = part.path("bytes");
      if (!length.isInt() || length.intValue() < 0) {
        throw Violation.of("a part of a MIME bundle without its length");
      }
      bytes += length.intValue();
    }
    return bytes;
  }

  /** Reads the parts, whose bytes are the rest of the bulk. */
  static MimeBundle read(JsonNode list, byte[] bulk, int from) {
    if (bytes(list) != bulk.length - from) {
      throw Violation.of(
          "a MIME bundle of %d bytes that says %d".formatted(bulk.length - from, bytes(list)));
    }
    List<MimeBundle.Part> parts = new ArrayList<>();
    Set<String> types = new HashSet<>();
    int start = from;
    for (JsonNode part : list) {
      String type = part.path("mime").asString("");
      if (!MIME.matcher(type).matches() || !types.add(type)) {
        throw Violation.of("a part of a MIME bundle whose type cannot be, or is there twice");
      }
      int end = start + part.path("bytes").intValue();
      parts.add(new MimeBundle.Part(type, Arrays.copyOfRange(bulk, start, end), metadata(part)));
      start = end;
    }
    return new MimeBundle(parts);
  }

  private static byte[] metadata(JsonNode part) {
    if (!part.has("metadata")) {
      return new byte[0];
    }
    if (part.get("metadata") instanceof ObjectNode metadata) {
      byte[] bytes = Json.bytes(metadata);
      if (bytes.length <= METADATA_BYTES) {
        return bytes;
      }
    }
    throw Violation.of(
        "metadata of a MIME bundle that is no object of at most %d bytes"
            .formatted(METADATA_BYTES));
  }
}
