package dev.caisson.client.command;

import dev.caisson.client.MimeBundle;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;

/**
 * Where shown images are kept: {@code plot-1.png} and so on, after those that are there. For one
 * thread.
 */
final class PlotFolder {

  private static final int MOST_FILES = 100_000;

  /** Of one prompt: code nobody trusts shows the images. */
  private static final long MOST_BYTES = 256_000_000;

  /** The code says the type; no part of it becomes part of a name. */
  private static final Map<String, String> ENDINGS =
      Map.of(
          "image/png", "png",
          "image/jpeg", "jpg",
          "image/gif", "gif",
          "image/webp", "webp",
          "image/svg+xml", "svg");

  private Optional<Path> folder;
  private final CommandContext context;
  private int next = 1;
  private long room = MOST_BYTES;

  /** Without a folder a new one is made for the first image. */
  PlotFolder(Optional<Path> folder, CommandContext context) {
    this.folder = folder.map(path -> path.toAbsolutePath().normalize());
    this.context = context;
  }

  /** Writes an image to a file of its own, and gives its path. */
  Optional<Path> keep(MimeBundle.Part image) {
    String ending = ENDINGS.get(image.mimeType());
    if (ending == null) {
      return Optional.empty();
    }
    if (image.data().length > room) {
      context.say("256 MB of plots are kept by now; this one is not");
      return Optional.empty();
    }
    try {
      Path place = made();
      while (next < MOST_FILES) {
        Path path = place.resolve("plot-%d.%s".formatted(next, ending));
        next++;
        try {
          Files.write(path, image.data(), StandardOpenOption.CREATE_NEW);
          room -= image.data().length;
          return Optional.of(path);
        } catch (FileAlreadyExistsException there) {
          // Of an earlier prompt: it stays.
        }
      }
      context.say("%s is full of plots; this one is not kept".formatted(place));
    } catch (IOException trouble) {
      context.say("a plot is not kept: " + FileTrouble.of(trouble));
    }
    return Optional.empty();
  }

  private Path made() throws IOException {
    Path place =
        folder.isPresent()
            ? Files.createDirectories(folder.get())
            : Files.createTempDirectory("caisson-plots-");
    folder = Optional.of(place);
    return place;
  }
}
