package dev.caisson.mcp.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Texts that are part of the program. */
public final class BundledText {

  private BundledText() {}

  /**
   * A text, whole.
   *
   * @param resource its absolute name, {@code /caisson/guide.md}
   */
  public static String of(String resource) {
    try (var stream = BundledText.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException(resource + " is missing from this build");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException problem) {
      throw new UncheckedIOException(problem);
    }
  }
}
