package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.Forms;
import dev.caisson.mcp.text.Shown;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The images of a run as content of a tool's answer, within limits, and the text that stands for
 * what is shown. Written by the run's thread; read when the run is over.
 *
 * <p>Each is checked before: see {@link ImageCheck}.
 */
final class ShownImages {

  private static final int IMAGES = 10;
  private static final int BYTES = 4 << 20;

  /** In the order in which one is chosen. */
  private static final List<String> TYPES =
      List.of("image/png", "image/jpeg", "image/webp", "image/gif");

  private static final List<String> TEXTS =
      List.of("text/markdown", "text/plain", "text/latex", "text/html", "application/json");

  private final List<FileContent.Image> images = new ArrayList<>();
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
    var problem = ImageCheck.problem(form.mimeType(), form.data());
    var what = form.mimeType() + ", " + Shown.size(form.data().length);
    if (problem.isPresent()) {
      return "[no image: %s, %s]".formatted(problem.get(), Shown.size(form.data().length));
    }
    return take(form.mimeType(), form.data())
        .orElseGet(() -> {
          leftOut++;
          return "[image left out: %s]".formatted(what);
        });
  }

  /** Takes an image that was checked, and gives the word for it; empty when there is no room. */
  Optional<String> take(String mimeType, byte[] data) {
    if (images.size() == IMAGES || bytes + data.length > BYTES) {
      return Optional.empty();
    }
    images.add(new FileContent.Image(mimeType, data));
    bytes += data.length;
    return Optional.of(
        "[image %d: %s, %s]".formatted(images.size(), mimeType, Shown.size(data.length)));
  }

  private static Optional<String> text(Forms shown) {
    return TEXTS.stream()
        .flatMap(type -> shown.find(type).stream())
        .findFirst()
        .map(Forms.Form::text)
        .map(String::stripTrailing)
        .map(Shown::bounded);
  }

  private static String names(Forms shown) {
    var names =
        shown.list().stream()
            .map(form -> form.mimeType() + ", " + Shown.size(form.data().length))
            .toList();
    return "[" + String.join("; ", names) + "]";
  }

  /** How many were left out because of their number or size. */
  int leftOut() {
    return leftOut;
  }

  List<McpSchema.ImageContent> content() {
    return images.stream().map(FileBlocks::image).toList();
  }
}
