package dev.caisson.daemon.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.runtime.Specs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** An image that is the usual one but for what a test does to it. Gone when it is closed. */
record OddImage(String tag) implements AutoCloseable {

  /**
   * @param folder for what is copied into it
   * @param steps of its recipe, as root
   */
  static OddImage of(Path folder, String steps) {
    String tag = "caisson/odd:" + UUID.randomUUID();
    try {
      Files.writeString(
          folder.resolve("Dockerfile"),
          "FROM " + Specs.IMAGE + "\nUSER 0:0\n" + steps + "\nUSER 65532:65532\n");
      said("docker", "build", "--network", "none", "--tag", tag, folder.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new OddImage(tag);
  }

  @Override
  public void close() {
    said("docker", "image", "rm", "--force", tag);
  }

  private static void said(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
