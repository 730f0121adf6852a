package dev.caisson.daemon.egress;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What clients of the gate may send that mean it no good: nearly right, cut anywhere. */
final class HostileClients {

  private static final List<String> TOKENS =
      List.of(
          "\r\n",
          "\n",
          "\r",
          "\0",
          " ",
          "\t",
          ":",
          "/",
          "@",
          "#",
          "\u00ff",
          "\r\n\r\n",
          "Content-Length: 99999999999999999999\r\n",
          "Content-Length: 5\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: identity\r\n",
          "Host: evil.test\r\n",
          "Expect: 100-continue\r\n",
          "Connection: close, content-length\r\n",
          "ffffffffffffffffff\r\n",
          "-1\r\n",
          "0\r\n\r\n",
          " folded: x\r\n",
          "HTTP/9.9",
          "{\"ask\":",
          "[[[[[[[[[[",
          "1e999999999",
          "\"\\ud800\"",
          "\u0016\u0003\u0001\u00ff\u00ff",
          "\u0005\u00ff");

  private HostileClients() {}

  /** The sample with some of it changed, doubled, left out or put in. */
  static byte[] nearly(Random random, byte[] sample) {
    byte[] bytes = sample;
    for (int i = random.nextInt(4); i >= 0; i--) {
      bytes = changed(random, bytes);
    }
    return bytes;
  }

  private static byte[] changed(Random random, byte[] bytes) {
    int at = random.nextInt(bytes.length + 1);
    int length = Math.min(bytes.length - at, 1 + random.nextInt(12));
    return switch (random.nextInt(6)) {
      case 0 -> joined(bytes, at, token(random), at);
      case 1 -> joined(bytes, at, new byte[0], at + length);
      case 2 -> joined(bytes, at, Arrays.copyOfRange(bytes, at, at + length), at);
      case 3 -> Arrays.copyOf(bytes, at);
      case 4 -> joined(bytes, at, token(random), at + length);
      default -> flipped(random, bytes);
    };
  }

  private static byte[] flipped(Random random, byte[] bytes) {
    byte[] flipped = bytes.clone();
    if (flipped.length > 0) {
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return flipped;
  }

  private static byte[] token(Random random) {
    return TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] joined(byte[] bytes, int end, byte[] between, int start) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(bytes, 0, end);
    all.writeBytes(between);
    all.write(bytes, start, bytes.length - start);
    return all.toByteArray();
  }

  /** Gives the bytes in pieces of a size that the step decides; counts what was taken. */
  static final class Cut extends InputStream {

    private final byte[] bytes;
    private final boolean endless;
    private final int step;
    private int at;
    long taken;

    private Cut(byte[] bytes, int step, boolean endless) {
      this.bytes = bytes;
      this.step = step;
      this.endless = endless;
    }

    /** The bytes and their end. */
    static Cut of(byte[] bytes, int step) {
      return new Cut(bytes, step, false);
    }

    /** The beginning, and then the rest again and again. */
    static Cut endless(String beginning, String rest) {
      byte[] all =
          (beginning + rest.repeat(1 + 4_096 / rest.length()))
              .getBytes(StandardCharsets.ISO_8859_1);
      Cut cut = new Cut(all, 1_000, true);
      cut.restart = beginning.length();
      return cut;
    }

    private int restart;

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int from, int length) {
      if (at == bytes.length) {
        if (!endless) {
          return -1;
        }
        at = restart;
      }
      if (taken > 64 << 20) {
        throw new AssertionError("more than 64 MiB were read of what has no end");
      }
      int count = Math.min(Math.min(length, step), bytes.length - at);
      System.arraycopy(bytes, at, into, from, count);
      at += count;
      taken += count;
      return count;
    }
  }
}
