package dev.caisson.mcp.tools;

import dev.caisson.mcp.text.Shown;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Whether bytes are an image that may be handed to a client. One that is broken, cut off or huge
 * can spoil a whole conversation: the model's service refuses every request in which it stands. No
 * pixel is decoded here; what is looked at is the beginning, the size in pixels and the end.
 */
final class ImageCheck {

  /** The most pixels of a side: what widely used models take. */
  static final int MOST_PIXELS = 8_000;

  /** The most bytes: 5 MiB of base64, what clients and models' services take. */
  static final int MOST_BYTES = 5 * (1 << 20) / 4 * 3;

  private static final int LEAST_BYTES = 20;
  private static final byte[] PNG = latin("\u0089PNG\r\n\u001a\n");
  private static final byte[] PNG_HEADER = latin("\0\0\0\rIHDR");
  private static final byte[] PNG_END = latin("\0\0\0\0IEND\u00aeB`\u0082");
  private static final byte[] JPEG = latin("\u00ff\u00d8\u00ff");
  private static final byte[] JPEG_END = latin("\u00ff\u00d9");
  private static final List<byte[]> GIF = List.of(latin("GIF87a"), latin("GIF89a"));
  private static final byte[] RIFF = latin("RIFF");
  private static final byte[] WEBP = latin("WEBP");

  private record Size(int width, int height) {}

  private ImageCheck() {}

  /** The type that the first bytes are of, for the four that clients can show. */
  static Optional<String> type(byte[] data) {
    if (has(data, 0, PNG)) {
      return Optional.of("image/png");
    }
    if (has(data, 0, JPEG)) {
      return Optional.of("image/jpeg");
    }
    if (GIF.stream().anyMatch(beginning -> has(data, 0, beginning))) {
      return Optional.of("image/gif");
    }
    return has(data, 0, RIFF) && has(data, 8, WEBP) ? Optional.of("image/webp") : Optional.empty();
  }

  /** Why the bytes are no whole image of this type; empty when they may be shown. */
  static Optional<String> problem(String mimeType, byte[] data) {
    if (data.length < LEAST_BYTES || !type(data).equals(Optional.of(mimeType))) {
      return Optional.of("the bytes are not " + mimeType);
    }
    if (data.length > MOST_BYTES) {
      return Optional.of(
          "%s bytes are more than %s"
              .formatted(Shown.number(data.length), Shown.number(MOST_BYTES)));
    }
    if (!isWhole(mimeType, data)) {
      return Optional.of("the " + mimeType + " is broken or cut off");
    }
    return size(mimeType, data)
        .map(ImageCheck::problem)
        .orElse(Optional.of("the " + mimeType + " does not say its size"));
  }

  private static Optional<String> problem(Size size) {
    if (size.width() < 1 || size.height() < 1) {
      return Optional.of("it has no pixels");
    }
    return size.width() > MOST_PIXELS || size.height() > MOST_PIXELS
        ? Optional.of(
            "%d × %d pixels are more than %d on a side"
                .formatted(size.width(), size.height(), MOST_PIXELS))
        : Optional.empty();
  }

  private static boolean isWhole(String mimeType, byte[] data) {
    return switch (mimeType) {
      case "image/png" ->
          has(data, PNG.length, PNG_HEADER) && has(data, data.length - PNG_END.length, PNG_END);
      case "image/jpeg" -> has(data, data.length - JPEG_END.length, JPEG_END);
      case "image/gif" -> data[data.length - 1] == ';';
      case "image/webp" -> little(data).getInt(4) + 8L == data.length;
      default -> false;
    };
  }

  private static Optional<Size> size(String mimeType, byte[] data) {
    return switch (mimeType) {
      case "image/png" -> png(data);
      case "image/jpeg" -> jpeg(data);
      case "image/gif" -> Optional.of(new Size(little(data).getChar(6), little(data).getChar(8)));
      case "image/webp" -> webp(data);
      default -> Optional.empty();
    };
  }

  private static Optional<Size> png(byte[] data) {
    var at = PNG.length + PNG_HEADER.length;
    return data.length < at + 8
        ? Optional.empty()
        : Optional.of(new Size(big(data).getInt(at), big(data).getInt(at + 4)));
  }

  /** The first frame header (SOF0 to SOF15 without the tables DHT, JPG and DAC) has the size. */
  private static Optional<Size> jpeg(byte[] data) {
    var at = 2;
    while (at + 9 <= data.length && (data[at] & 0xFF) == 0xFF) {
      var marker = data[at + 1] & 0xFF;
      if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
        return Optional.of(new Size(big(data).getChar(at + 7), big(data).getChar(at + 5)));
      }
      // A marker may be led by fill bytes of 0xFF.
      at += marker == 0xFF ? 1 : 2 + big(data).getChar(at + 2);
    }
    return Optional.empty();
  }

  private static Optional<Size> webp(byte[] data) {
    if (data.length < 30) {
      return Optional.empty();
    }
    var from = little(data);
    return switch (new String(data, 12, 4, StandardCharsets.ISO_8859_1)) {
      case "VP8 " -> Optional.of(new Size(from.getChar(26) & 0x3FFF, from.getChar(28) & 0x3FFF));
      case "VP8L" -> {
        var bits = from.getInt(21);
        yield Optional.of(new Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1));
      }
      case "VP8X" ->
          Optional.of(new Size((from.getInt(24) & 0xFFFFFF) + 1, (from.getInt(26) >>> 8) + 1));
      default -> Optional.empty();
    };
  }

  private static boolean has(byte[] data, int at, byte[] expected) {
    return at >= 0
        && data.length >= at + expected.length
        && java.util.Arrays.equals(data, at, at + expected.length, expected, 0, expected.length);
  }

  private static ByteBuffer big(byte[] data) {
    return ByteBuffer.wrap(data);
  }

  private static ByteBuffer little(byte[] data) {
    return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
