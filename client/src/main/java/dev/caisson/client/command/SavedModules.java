package dev.caisson.client.command;

import dev.caisson.v1.RenderToolApiResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where rendered modules are saved: one file, or a folder in which each has the name that code
 * imports it by. Replaces what an earlier call has saved, and nothing else.
 */
final class SavedModules {

  /** How what was rendered begins, whatever the version. */
  private static final String FIRST_WORDS = "# Made by Caisson ";

  private final Path place;
  private final String ending;
  private final CommandContext context;

  /**
   * @param ending ".py" or ".pyi"
   */
  SavedModules(Path place, String ending, CommandContext context) {
    this.place = place;
    this.ending = ending;
    this.context = context;
    String name = place.toString();
    if (isFile() && !name.endsWith(ending)) {
      throw new UsageException(
          "--save is %s, and what is to be saved is a %s file".formatted(name, ending),
          "add --style " + (name.endsWith(".pyi") ? "stub" : "source"));
    }
  }

  /** Whether a single file is meant. */
  boolean isFile() {
    String name = place.toString();
    return name.endsWith(".py") || name.endsWith(".pyi");
  }

  void save(RenderToolApiResponse module) {
    Path file = isFile() ? place : place.resolve(module.getModule() + ending);
    try {
      if (!isFile()) {
        Files.createDirectories(place);
      }
      refuseAnothers(file);
      Files.writeString(file, module.getSource());
      context.say("saved " + file);
    } catch (IOException failure) {
      throw new UsageException(
          "%s cannot be written: %s".formatted(file, FileTrouble.of(failure)), "");
    }
  }

  private static void refuseAnothers(Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (var in = Files.newInputStream(file)) {
      String beginning = new String(in.readNBytes(FIRST_WORDS.length()), StandardCharsets.UTF_8);
      if (!beginning.equals(FIRST_WORDS)) {
        throw new UsageException(
            file + " is there and was not made by caisson api", "name another place with --save");
      }
    }
  }
}
