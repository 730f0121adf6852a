package dev.caisson.mcp.tools;

import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Base64 as models write it: whole, with white space anywhere. A decoder that passes over what it
 * does not know would make a file of a text that is none.
 */
final class Base64Text {

  private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");

  private Base64Text() {}

  /**
   * @throws IllegalArgumentException says why it is none
   */
  static byte[] bytes(String text) {
    if (text.regionMatches(/* ignoreCase= */ true, 0, "data:", 0, 5)) {
      throw wrong("it is a data: URL; send only what follows the comma");
    }
    if (text.indexOf('-') >= 0 || text.indexOf('_') >= 0) {
      throw wrong("it has '-' or '_'; write '+' and '/' for them");
    }
    var packed = WHITE_SPACE.matcher(text).replaceAll("");
    if (packed.length() % 4 != 0) {
      throw wrong("it has %d characters, which is no multiple of 4".formatted(packed.length()));
    }
    try {
      return Base64.getDecoder().decode(packed);
    } catch (IllegalArgumentException foreign) {
      throw wrong(
          "it has other characters than A to Z, a to z, 0 to 9, '+', '/' and '=' at the end");
    }
  }

  private static IllegalArgumentException wrong(String why) {
    return new IllegalArgumentException(
        "'content' is not base64: %s; leave 'encoding' out for a text".formatted(why));
  }
}
