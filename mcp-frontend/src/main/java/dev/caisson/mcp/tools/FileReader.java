package dev.caisson.mcp.tools;

import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.WorkspaceFiles;
import dev.caisson.mcp.relay.WorkspaceFiles.Part;
import dev.caisson.mcp.text.Shown;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Content;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads a file for a model: text as text, an image that may be shown as an image, other bytes
 * embedded when they are few and as a link when they are many. What is cut says how to read on.
 */
final class FileReader {

  /** Bytes of a part when nothing is said. */
  static final int PART = 32 * 1024;

  /** The least bytes of a part: one character of any length. */
  static final int LEAST_PART = 4;

  /** The most bytes of a part. */
  static final int MOST_PART = 1 << 20;

  /** The largest file of neither text nor image that comes with an answer. */
  static final int MOST_EMBEDDED = 256 * 1024;

  /** What is said of a file that a program writes meanwhile. */
  static final String CHANGED = "the file was changed while it was read";

  private final WorkspaceFiles files;

  FileReader(WorkspaceFiles files) {
    this.files = files;
  }

  /**
   * @param limit bytes, {@value #LEAST_PART} to {@value #MOST_PART}; 0 when none was asked for
   */
  CallToolResult read(String session, String path, long offset, int limit)
      throws RefusedException, InterruptedException {
    var part = files.read(session, path, offset, limit == 0 ? PART : limit);
    var uri = new ResourceUri(session, path);
    return offset == 0 && limit == 0 ? fromStart(uri, part) : part(uri, part, offset);
  }

  private CallToolResult fromStart(ResourceUri uri, Part part)
      throws RefusedException, InterruptedException {
    if (ImageCheck.type(part.bytes()).isPresent()) {
      return whole(uri, part, ImageCheck.MOST_BYTES);
    }
    var text = TextPart.of(part.bytes(), 0, part.size());
    return text.isPresent() ? text(text.get(), part) : whole(uri, part, MOST_EMBEDDED);
  }

  /** A file that has to be there as a whole, or is a link. */
  private CallToolResult whole(ResourceUri uri, Part beginning, int most)
      throws RefusedException, InterruptedException {
    var all =
        beginning.size() > most || beginning.bytes().length == beginning.size()
            ? beginning
            : files.read(uri.session(), uri.path(), 0, most);
    if (all.size() > most) {
      return linked(uri, MimeTypes.of(uri.path(), MimeTypes.BYTES), all.size(), "");
    }
    if (all.bytes().length != all.size()) {
      throw new RefusedException(RefusedException.Reason.WRONG_STATE, CHANGED + ": read it again");
    }
    var changed = all.changed() ? "; " + CHANGED : "";
    return switch (FileContent.of(uri.path(), all.bytes())) {
      case FileContent.Image image ->
          shown(FileBlocks.image(image), describe(image.mimeType(), all.size()) + changed);
      case FileContent.Binary binary when all.size() > MOST_EMBEDDED ->
          linked(uri, binary.mimeType(), all.size(), binary.remark() + changed);
      case FileContent.Binary binary ->
          shown(
              FileBlocks.blob(uri.toString(), binary.mimeType(), binary.data()),
              describe(binary.mimeType(), all.size()) + binary.remark() + changed);
      // It was none a moment ago: the program is writing it.
      case FileContent.Text text -> part(uri, beginningOf(all), 0);
    };
  }

  private static Part beginningOf(Part all) {
    var bytes = Arrays.copyOf(all.bytes(), Math.min(all.bytes().length, PART));
    return new Part(bytes, all.size(), all.changed());
  }

  private static CallToolResult linked(ResourceUri uri, String mimeType, long size, String remark) {
    return shown(
        FileBlocks.link(uri, mimeType, size),
        describe(mimeType, size)
            + remark
            + ": more than is sent at once. In parts: offset=0, limit=%d".formatted(MOST_PART));
  }

  private static CallToolResult part(ResourceUri uri, Part part, long offset) {
    if (part.bytes().length == 0) {
      return answer(
          "(nothing at offset %d: the file has %s bytes)"
              .formatted(offset, Shown.number(part.size())),
          Optional.empty());
    }
    return TextPart.of(part.bytes(), offset, part.size())
        .map(text -> text(text, part))
        .orElseGet(() -> bytes(uri, part, offset));
  }

  private static CallToolResult bytes(ResourceUri uri, Part part, long offset) {
    var end = offset + part.bytes().length;
    var name = uri + "#bytes=%d-%d".formatted(offset, end - 1);
    return CallToolResult.builder()
        .addContent(FileBlocks.blob(name, MimeTypes.BYTES, part.bytes()))
        .addTextContent(range(offset, end, part))
        .isError(false)
        .build();
  }

  private static CallToolResult text(TextPart text, Part part) {
    if (part.size() == 0) {
      return answer("(the file is empty)", Optional.empty());
    }
    var isWhole = text.offset() == 0 && text.end() == part.size() && !part.changed();
    return answer(
        text.text(),
        isWhole ? Optional.empty() : Optional.of(range(text.offset(), text.end(), part)));
  }

  private static String range(long begin, long end, Part part) {
    return "[bytes %s to %s of %s%s%s]"
        .formatted(
            Shown.number(begin),
            Shown.number(end - 1),
            Shown.number(part.size()),
            end < part.size() ? "; read on with offset=" + end : "",
            part.changed() ? "; " + CHANGED : "");
  }

  private static CallToolResult answer(String text, Optional<String> note) {
    var answer = CallToolResult.builder().addTextContent(text).isError(false);
    note.ifPresent(answer::addTextContent);
    return answer.build();
  }

  private static CallToolResult shown(Content content, String description) {
    return CallToolResult.builder()
        .addContent(content)
        .addTextContent("[" + description + "]")
        .isError(false)
        .build();
  }

  private static String describe(String mimeType, long size) {
    return mimeType + ", " + Shown.size(size);
  }
}
