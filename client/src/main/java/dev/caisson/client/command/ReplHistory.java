package dev.caisson.client.command;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a prompt's history is kept: in a file that is its owner's alone. */
final class ReplHistory {

  /** Lines. */
  static final int MOST = 10_000;

  private ReplHistory() {}

  /** The file, made when it is not there; nothing, and the person told, when it cannot be. */
  static Optional<Path> prepare(CommandContext context) {
    Optional<Path> file = place(context.environment());
    if (file.isEmpty()) {
      return file;
    }
    try {
      makeOwn(file.get());
      return file;
    } catch (IOException trouble) {
      context.say("there is no history: " + FileTrouble.of(trouble), "--no-history does without");
      return Optional.empty();
    }
  }

  /** As the XDG base directories have it: a folder that is not absolute does not count. */
  private static Optional<Path> place(Map<String, String> environment) {
    Optional<Path> state =
        absolute(environment.get("XDG_STATE_HOME"))
            .or(() -> absolute(environment.get("HOME")).map(home -> home.resolve(".local/state")));
    return state.map(folder -> folder.resolve("caisson").resolve("repl_history"));
  }

  private static Optional<Path> absolute(@Nullable String folder) {
    try {
      return Optional.ofNullable(folder).map(Path::of).filter(Path::isAbsolute);
    } catch (InvalidPathException unusable) {
      return Optional.empty();
    }
  }

  private static void makeOwn(Path file) throws IOException {
    Path folder = Objects.requireNonNull(file.getParent());
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Set<PosixFilePermission> own = PosixFilePermissions.fromString("rw-------");
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(own));
    } catch (FileAlreadyExistsException there) {
      Files.setPosixFilePermissions(file, own);
    }
  }
}
