package dev.caisson.daemon.channel;

import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/**
 * Text that the agent sent, no longer in UTF-8 than it may be. The agent cuts by itself and better;
 * this is for the one that does not.
 */
record BoundedText(String text, boolean isCut) {

  private static final String MARK = "[... cut ...]";

  static BoundedText of(ObjectNode node, String field, int bytes) {
    String text = Json.text(node, field);
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    if (encoded.length <= bytes) {
      return new BoundedText(text, false);
    }
    int end = bytes - MARK.length();
    while ((encoded[end] & 0xC0) == 0x80) { // in the middle of a character
      end--;
    }
    return new BoundedText(new String(encoded, 0, end, StandardCharsets.UTF_8) + MARK, true);
  }
}
