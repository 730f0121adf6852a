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

  /** The code says the type; no part of it becomes part of a name. */
  private static final Map<String, String> ENDINGS =
      Map.of(
          "image/png", "png",
          "image/jpeg", "jpg",
          "image/gif", "gif",
          "image/webp", "webp",
          "image/svg+xml", "svg");

  private final Path folder;
  private final CommandContext context;
  private int next = 1;

  PlotFolder(Path folder, CommandContext context) {
    this.folder = folder.toAbsolutePath().normalize();
    this.context = context;
  }

  /** Writes an image to a file of its own, and gives its path. */
  Optional<Path> keep(MimeBundle.Part image) {
    String ending = ENDINGS.get(image.mimeType());
    if (ending == null) {
      return Optional.empty();
    }
    try {
      Files.createDirectories(folder);
      while (next < MOST_FILES) {
        Path path = folder.resolve("plot-%d.%s".formatted(next, ending));
        next++;
        try {
          return Optional.of(Files.write(path, image.data(), StandardOpenOption.CREATE_NEW));
        } catch (FileAlreadyExistsException there) {
          // Of an earlier prompt: it stays.
        }
      }
      context.say("%s is full of plots; this one is not kept".formatted(folder));
    } catch (IOException trouble) {
      context.say("a plot is not kept: " + FileTrouble.of(trouble));
    }
    return Optional.empty();
  }
}
