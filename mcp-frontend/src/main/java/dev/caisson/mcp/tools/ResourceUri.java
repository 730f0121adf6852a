package dev.caisson.mcp.tools;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Names a file of a session's workspace: {@code caisson://session/NAME/PATH}, both percent-encoded
 * UTF-8, where NAME is a session's id or name. Whether the path stays in the workspace is for the
 * daemon to say, which gets it as it is after decoding.
 */
record ResourceUri(String session, String path) {

  static final String TEMPLATE = "caisson://session/{session}/{+path}";

  private static final String PREFIX = "caisson://session/";
  private static final String RUN_PREFIX = "caisson://run/";
  private static final String UNRESERVED = "-._~";

  /** What this URI names; empty when it is not one of ours. */
  static Optional<ResourceUri> parse(String uri) {
    if (!uri.startsWith(PREFIX) || uri.indexOf('?') >= 0 || uri.indexOf('#') >= 0) {
      return Optional.empty();
    }
    var rest = uri.substring(PREFIX.length());
    var slash = rest.indexOf('/');
    if (slash < 1 || slash == rest.length() - 1) {
      return Optional.empty();
    }
    return decoded(rest.substring(0, slash))
        .flatMap(session ->
            decoded(rest.substring(slash + 1)).map(path -> new ResourceUri(session, path)));
  }

  /** Whether it is one of {@link #ofRun}. */
  static boolean isOfRun(String uri) {
    return uri.startsWith(RUN_PREFIX);
  }

  /** Names a file of a run without a session: it cannot be read once the run is over. */
  static String ofRun(String runId, String path) {
    return RUN_PREFIX + encoded(runId, "") + "/" + encoded(path, "/");
  }

  @Override
  public String toString() {
    return PREFIX + encoded(session, "") + "/" + encoded(path, "/");
  }

  private static String encoded(String text, String kept) {
    var uri = new StringBuilder();
    for (var octet : text.getBytes(StandardCharsets.UTF_8)) {
      var character = (char) (octet & 0xFF);
      if (character >= 'a' && character <= 'z'
          || character >= 'A' && character <= 'Z'
          || character >= '0' && character <= '9'
          || UNRESERVED.indexOf(character) >= 0
          || kept.indexOf(character) >= 0) {
        uri.append(character);
      } else {
        uri.append('%')
            .append(Character.toUpperCase(Character.forDigit(octet >> 4 & 0xF, 16)))
            .append(Character.toUpperCase(Character.forDigit(octet & 0xF, 16)));
      }
    }
    return uri.toString();
  }

  private static Optional<String> decoded(String text) {
    var bytes = new ByteArrayOutputStream();
    for (var at = 0; at < text.length(); at++) {
      if (text.charAt(at) != '%') {
        // A client may leave characters outside of ASCII as they are.
        var point = text.codePointAt(at);
        bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
        at += Character.charCount(point) - 1;
        continue;
      }
      if (at + 2 >= text.length()
          || Character.digit(text.charAt(at + 1), 16) < 0
          || Character.digit(text.charAt(at + 2), 16) < 0) {
        return Optional.empty();
      }
      bytes.write(Integer.parseInt(text, at + 1, at + 3, 16));
      at += 2;
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes.toByteArray()))
              .toString());
    } catch (CharacterCodingException notUtf8) {
      return Optional.empty();
    }
  }
}
