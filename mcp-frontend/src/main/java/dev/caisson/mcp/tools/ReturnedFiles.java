package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.OutputFile;
import dev.caisson.mcp.text.Shown;
import io.modelcontextprotocol.spec.McpSchema.Content;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files that a run gives back, as content of its answer: an image as an image, what is small
 * embedded, the rest as links to the workspace of the run's session. A run without a session leaves
 * no workspace behind, so more is embedded, and what there is no room for is named and lost.
 * Written by the run's thread; read when the run is over.
 */
final class ReturnedFiles {

  /** The largest file that is embedded when it could be a link. */
  private static final int SMALL = 64 * 1024;

  /** Bytes of all embedded files together. */
  private static final int MOST_EMBEDDED = 1 << 20;

  private static final int MOST_FILES = 100;

  private static final String TOO_LARGE = "too large for an answer";
  private static final String NO_ROOM = "the answer has no room left";

  private final Optional<String> session;
  private final ShownImages images;
  private final List<Content> content = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();
  private final List<Map<String, Object>> data = new ArrayList<>();
  private long embedded;

  /**
   * @param session the id of the run's session
   * @param images where images go, within limits that they share with those that are shown
   */
  ReturnedFiles(Optional<String> session, ShownImages images) {
    this.session = session;
    this.images = images;
  }

  void add(OutputFile file, String runId) {
    if (lines.size() >= MOST_FILES) {
      return;
    }
    var about = new LinkedHashMap<String, Object>();
    about.put("path", file.path());
    about.put("size", file.size());
    session.ifPresent(id -> about.put("uri", new ResourceUri(id, file.path()).toString()));
    data.add(about);
    lines.add(
        Shown.name(file.path())
            + " "
            + word(file, runId)
            + (file.changed() ? " (it was changed while it was read)" : ""));
  }

  void leftOut(long count, String why) {
    lines.add("%s more left out: %s".formatted(Shown.number(count), why));
  }

  private String word(OutputFile file, String runId) {
    if (file.content().isEmpty()) {
      return linked(file, MimeTypes.of(file.path(), MimeTypes.BYTES), "", TOO_LARGE);
    }
    var bytes = file.content().get();
    return switch (FileContent.of(file.path(), bytes)) {
      case FileContent.Image image ->
          images
              .take(image.mimeType(), image.data())
              .orElseGet(() -> linked(file, image.mimeType(), "", NO_ROOM));
      case FileContent.Binary binary -> embeddedOrLinked(file, runId, binary, binary.remark());
      case FileContent.Text text -> embeddedOrLinked(file, runId, text, "");
    };
  }

  private String embeddedOrLinked(OutputFile file, String runId, FileContent what, String remark) {
    var fits = embedded + file.size() <= MOST_EMBEDDED;
    if (!fits || session.isPresent() && file.size() > SMALL) {
      return linked(
          file, what.mimeType(), remark, file.size() > MOST_EMBEDDED ? TOO_LARGE : NO_ROOM);
    }
    embedded += file.size();
    var uri =
        session
            .map(id -> new ResourceUri(id, file.path()).toString())
            .orElseGet(() -> ResourceUri.ofRun(runId, file.path()));
    content.add(FileBlocks.embedded(uri, what));
    return described(file, what.mimeType()) + remark + "]";
  }

  /** A link; without a session why there is none. */
  private String linked(OutputFile file, String mimeType, String remark, String why) {
    if (session.isEmpty()) {
      return described(file, mimeType)
          + remark
          + ", left out: %s; run it in a session and read it with files]".formatted(why);
    }
    content.add(
        FileBlocks.link(new ResourceUri(session.get(), file.path()), mimeType, file.size()));
    return described(file, mimeType) + remark + ", a link]";
  }

  private static String described(OutputFile file, String mimeType) {
    return "[" + mimeType + ", " + Shown.size(file.size());
  }

  /** A line for each file, in their order. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  /** Each file with its path, size and, in a session, its URI. */
  List<Map<String, Object>> data() {
    return List.copyOf(data);
  }

  /** What is embedded and linked; the images are elsewhere. */
  List<Content> content() {
    return List.copyOf(content);
  }
}
