package dev.caisson.daemon.security;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the tar archives of an image for entries that no sandbox should have: devices, setuid and
 * setgid files, file capabilities, and places that the code could write other than those that
 * Debian opens to all (the read-only root closes them).
 */
final class ImageScan {

  private static final int BLOCK = 512;
  private static final int USER = 65532;

  private ImageScan() {}

  /** What is wrong with the layers of an image as {@code docker save} writes it. */
  static List<String> faultsOfLayers(InputStream image) throws IOException {
    List<String> faults = new ArrayList<>();
    int layers = 0;
    for (Entry entry = next(image); entry != null; entry = next(image)) {
      if (entry.name().endsWith("layer.tar") && entry.type() == '0') {
        layers++;
        faults.addAll(
            faults(new java.io.ByteArrayInputStream(image.readNBytes((int) entry.size()))));
        skip(image, padding(entry.size()));
      } else {
        skip(image, entry.size() + padding(entry.size()));
      }
    }
    if (layers == 0) {
      faults.add("no layer was found");
    }
    return faults;
  }

  /** What is wrong with one layer. */
  static List<String> faults(InputStream layer) throws IOException {
    List<String> faults = new ArrayList<>();
    for (Entry entry = next(layer); entry != null; entry = next(layer)) {
      switch (entry.type()) {
        case '3' -> faults.add("character device " + entry.name());
        case '4' -> faults.add("block device " + entry.name());
        case '0', '\0', '5' -> {
          if ((entry.mode() & 06000) != 0 && entry.type() != '5') {
            faults.add("setuid or setgid " + entry.name());
          }
          boolean ofTheCode = entry.owner() == USER && (entry.mode() & 0200) != 0;
          boolean ofAll = (entry.mode() & 0002) != 0;
          if ((ofTheCode || ofAll)
              && !entry.name().matches("(\\./)?(tmp|var/tmp|run/lock|workspace|dev/shm)(/.*)?")) {
            faults.add("written by the code " + entry.name());
          }
        }
        default -> {}
      }
      if (entry.type() == 'x') {
        String more = new String(layer.readNBytes((int) entry.size()), StandardCharsets.UTF_8);
        if (more.contains("security.capability")) {
          faults.add("a file capability before " + entry.name());
        }
        skip(layer, padding(entry.size()));
      } else {
        skip(layer, entry.size() + padding(entry.size()));
      }
    }
    return faults;
  }

  /** A layer with one entry of each kind that is refused, and one that is not. */
  static byte[] fixture() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(header("dev/cuse", 0600, 0, '3'));
    out.write(header("bin/su", 04755, 0, '0'));
    out.write(header("srv/open", 0777, 0, '5'));
    out.write(header("tmp/open", 01777, 0, '5'));
    out.write(header("bin/ls", 0755, 0, '0'));
    out.write(new byte[2 * BLOCK]);
    return out.toByteArray();
  }

  private record Entry(String name, int mode, int owner, long size, char type) {}

  private static @org.jspecify.annotations.Nullable Entry next(InputStream in) throws IOException {
    byte[] header = in.readNBytes(BLOCK);
    if (header.length < BLOCK || header[0] == 0) {
      return null;
    }
    String prefix = text(header, 345, 155);
    String name = text(header, 0, 100);
    return new Entry(
        prefix.isEmpty() ? name : prefix + "/" + name,
        (int) octal(header, 100, 8),
        (int) octal(header, 108, 8),
        octal(header, 124, 12),
        (char) header[156]);
  }

  private static byte[] header(String name, int mode, int owner, char type) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "%07o".formatted(mode));
    put(header, 108, "%07o".formatted(owner));
    put(header, 124, "%011o".formatted(0));
    header[156] = (byte) type;
    return header;
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static String text(byte[] header, int at, int length) {
    int end = at;
    while (end < at + length && header[end] != 0) {
      end++;
    }
    return new String(Arrays.copyOfRange(header, at, end), StandardCharsets.UTF_8);
  }

  private static long octal(byte[] header, int at, int length) {
    String digits = text(header, at, length).strip();
    return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
  }

  private static long padding(long size) {
    return (BLOCK - size % BLOCK) % BLOCK;
  }

  private static void skip(InputStream in, long bytes) throws IOException {
    in.skipNBytes(bytes);
  }
}
