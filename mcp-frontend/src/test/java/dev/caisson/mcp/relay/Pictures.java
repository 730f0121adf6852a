package dev.caisson.mcp.relay;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** Whole small images of the types that clients show. */
public final class Pictures {

  private Pictures() {}

  /** A grey PNG with this text in it. */
  public static byte[] png(int width, int height, String text) {
    var png = new ByteArrayOutputStream();
    png.writeBytes(latin("\u0089PNG\r\n\u001a\n"));
    var header = ByteBuffer.allocate(13).putInt(width).putInt(height).put(8, (byte) 8).array();
    chunk(png, "IHDR", header);
    chunk(png, "tEXt", latin("Comment\0" + text));
    chunk(png, "IDAT", deflated(new byte[Math.min(height * (width + 1), 1 << 16)]));
    chunk(png, "IEND", new byte[0]);
    return png.toByteArray();
  }

  public static byte[] png(String text) {
    return png(2, 2, text);
  }

  /** A PNG of exactly this many bytes. */
  public static byte[] pngOf(int bytes) {
    return png("x".repeat(bytes - png("").length));
  }

  public static byte[] gif(int width, int height) {
    return ByteBuffer.allocate(32)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(latin("GIF89a"))
        .putShort((short) width)
        .putShort((short) height)
        .put(31, (byte) ';')
        .array();
  }

  /** With an application segment before the frame, as cameras write them. */
  public static byte[] jpeg(int width, int height) {
    return ByteBuffer.allocate(40)
        .putInt(0xFFD8FFE0)
        .putShort((short) 8)
        .put(latin("JFIF\0\0"))
        .putShort((short) 0xFFC0)
        .putShort((short) 17)
        .put((byte) 8)
        .putShort((short) height)
        .putShort((short) width)
        .putShort(38, (short) 0xFFD9)
        .array();
  }

  public static byte[] webp(int width, int height) {
    return ByteBuffer.allocate(40)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(latin("RIFF"))
        .putInt(32)
        .put(latin("WEBPVP8 "))
        .putInt(20)
        .putShort(26, (short) width)
        .putShort(28, (short) height)
        .array();
  }

  private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
    var crc = new CRC32();
    crc.update(latin(type));
    crc.update(data);
    png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    png.writeBytes(latin(type));
    png.writeBytes(data);
    png.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  private static byte[] deflated(byte[] data) {
    var bytes = new ByteArrayOutputStream();
    try (var deflater = new DeflaterOutputStream(bytes)) {
      deflater.write(data);
    } catch (java.io.IOException impossible) {
      throw new java.io.UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
