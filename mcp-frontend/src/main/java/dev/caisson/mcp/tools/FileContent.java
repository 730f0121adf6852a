package dev.caisson.mcp.tools;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What a whole file is, decided by its bytes: a name alone says nothing of them. */
sealed interface FileContent {

  String mimeType();

  /** An image that may be shown. */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record Image(String mimeType, byte[] data) implements FileContent {}

  /** UTF-8 without control characters that no text has. */
  record Text(String mimeType, String text) implements FileContent {}

  /**
   * Anything else.
   *
   * @param note why it is not shown as the image that it seems to be; else empty
   */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record Binary(String mimeType, byte[] data, String note) implements FileContent {

    /** The note as it follows the type and the size; empty when there is none. */
    String remark() {
      return note.isEmpty() ? "" : "; not shown as an image: " + note;
    }
  }

  /** What these bytes are, when they are the whole file. */
  static FileContent of(String path, byte[] data) {
    var image = ImageCheck.type(data);
    if (image.isPresent()) {
      var problem = ImageCheck.problem(image.get(), data);
      return problem.isEmpty()
          ? new Image(image.get(), data)
          : new Binary(MimeTypes.BYTES, data, problem.get());
    }
    var text = text(data);
    return text.isPresent()
        ? new Text(textType(path), text.get())
        : new Binary(binaryType(path), data, "");
  }

  /** The type of a text of this name. */
  static String textType(String path) {
    var byName = MimeTypes.of(path, MimeTypes.TEXT);
    return MimeTypes.isText(byName) ? byName : MimeTypes.TEXT;
  }

  /** The type of bytes of this name that are neither text nor an image. */
  static String binaryType(String path) {
    var byName = MimeTypes.of(path, MimeTypes.BYTES);
    return MimeTypes.isText(byName) || MimeTypes.isShownImage(byName) ? MimeTypes.BYTES : byName;
  }

  /** The bytes as text, when they are. */
  static Optional<String> text(byte[] data) {
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
      return text.chars().allMatch(FileContent::isOfText) ? Optional.of(text) : Optional.empty();
    } catch (CharacterCodingException binary) {
      return Optional.empty();
    }
  }

  /** White space, form feeds, the escape of terminals' colours, and all that is not control. */
  private static boolean isOfText(int character) {
    return character >= ' '
        ? character != 0x7F
        : character >= '\t' && character <= '\r' || character == 0x1B || character == '\b';
  }
}
