package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Forms;
import io.modelcontextprotocol.spec.McpSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The images of a run as content of a tool's answer, within limits, and the text that stands for
 * what is shown. Written by the run's thread; read when the run is over.
 *
 * <p>Only what begins as an image of its type does: a client that hands a broken one to its model
 * can spoil a whole conversation.
 */
final class ShownImages {

  private static final int IMAGES = 10;
  private static final int BYTES = 4 << 20;

  /** In the order in which one is chosen. */
  private static final List<String> TYPES =
      List.of("image/png", "image/jpeg", "image/webp", "image/gif");

  private static final List<String> TEXTS =
      List.of("text/markdown", "text/plain", "text/latex", "text/html", "application/json");

  private static final Map<String, String> BEGINNINGS =
      Map.of(
          "image/png", "\u0089PNG\r\n\u001a\n",
          "image/jpeg", "\u00ff\u00d8\u00ff",
          "image/webp", "RIFF",
          "image/gif", "GIF8");

  private final List<Forms.Form> images = new ArrayList<>();
  private long bytes;
  private int leftOut;

  /** Takes what is shown and gives the text to put in its place. */
  String add(Forms shown) {
    return image(shown).or(() -> text(shown)).orElseGet(() -> names(shown));
  }

  /** Takes the image of a value, whose text is elsewhere; gives a word for it, if there is one. */
  Optional<String> image(Forms shown) {
    return TYPES.stream().flatMap(type -> shown.find(type).stream()).findFirst().map(this::image);
  }

  private String image(Forms.Form form) {
    String what = "%s, %s".formatted(form.mimeType(), size(form));
    if (!isWhatItSays(form)) {
      return "[no image: the bytes are not %s]".formatted(what);
    }
    if (images.size() == IMAGES || bytes + form.data().length > BYTES) {
      leftOut++;
      return "[image left out: %s]".formatted(what);
    }
    images.add(form);
    bytes += form.data().length;
    return "[image %d: %s]".formatted(images.size(), what);
  }

  private static Optional<String> text(Forms shown) {
    return TEXTS.stream()
        .flatMap(type -> shown.find(type).stream())
        .findFirst()
        .map(Forms.Form::text)
        .map(String::stripTrailing);
  }

  private static String names(Forms shown) {
    List<String> names =
        shown.list().stream().map(form -> form.mimeType() + ", " + size(form)).toList();
    return "[" + String.join("; ", names) + "]";
  }

  private static boolean isWhatItSays(Forms.Form form) {
    byte[] data = form.data();
    String beginning = BEGINNINGS.getOrDefault(form.mimeType(), "");
    return new String(data, 0, Math.min(data.length, 16), StandardCharsets.ISO_8859_1)
        .startsWith(beginning);
  }

  private static String size(Forms.Form form) {
    int length = form.data().length;
    return length < 1_000
        ? length + " B"
        : String.format(Locale.ROOT, "%,d KB", (length + 500) / 1_000);
  }

  /** How many were left out because of their number or size. */
  int leftOut() {
    return leftOut;
  }

  List<McpSchema.ImageContent> content() {
    return images.stream()
        .map(form ->
            McpSchema.ImageContent.builder(
                    Base64.getEncoder().encodeToString(form.data()), form.mimeType())
                .build())
        .toList();
  }
}
