package dev.caisson.client.command;

import dev.caisson.v1.FileEntry;
import dev.caisson.v1.RunFilePart;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the files go that a run gives back. Their names come from code nobody trusts: nothing is
 * written outside of the folder, and nothing that is there is replaced. For one thread.
 */
final class OutputFolder implements AutoCloseable {

  /** A file that is being written. */
  private record Open(Path path, OutputStream out) {}

  private final Path folder;
  private final CommandContext context;
  private Optional<Open> open = Optional.empty();
  private String name = "";

  OutputFolder(Path folder, CommandContext context) {
    this.folder = folder.toAbsolutePath().normalize();
    this.context = context;
  }

  void take(RunFilePart part) {
    switch (part.getPartCase()) {
      case ENTRY -> begin(part.getEntry());
      case DATA -> write(part);
      case END -> end(part);
      case LEFT_OUT ->
          context.say(
              "%,d output files were left out: %s"
                  .formatted(part.getLeftOut().getFiles(), part.getLeftOut().getWhy()));
      case PART_NOT_SET -> {}
    }
  }

  private void begin(FileEntry entry) {
    close();
    name = ShownName.of(entry.getPath());
    try {
      Path path = folder.resolve(entry.getPath()).normalize();
      Path parent = path.getParent();
      if (parent == null || !parent.startsWith(folder)) {
        context.say("output file '%s' would lie outside of %s".formatted(name, folder));
        return;
      }
      Files.createDirectories(parent);
      open =
          Optional.of(
              new Open(
                  path,
                  Files.newOutputStream(
                      path,
                      java.nio.file.StandardOpenOption.CREATE_NEW,
                      java.nio.file.StandardOpenOption.WRITE)));
    } catch (IOException e) {
      notWritten(FileTrouble.of(e));
    } catch (InvalidPathException e) {
      notWritten(FileTrouble.of(e));
    }
  }

  private void write(RunFilePart part) {
    if (open.isPresent()) {
      try {
        part.getData().writeTo(open.get().out());
      } catch (IOException e) {
        notWritten(FileTrouble.of(e));
        close();
      }
    }
  }

  private void end(RunFilePart part) {
    if (open.isEmpty()) {
      return;
    }
    try {
      open.get().out().close();
      open = Optional.empty();
      if (part.getEnd().getChanged()) {
        context.say("output file '%s' was changed while it was read".formatted(name));
      }
    } catch (IOException e) {
      notWritten(FileTrouble.of(e));
    }
  }

  private void notWritten(String why) {
    context.say("output file '%s' is not written: %s".formatted(name, why));
  }

  /** Removes a file that has not come to its end. */
  @Override
  public void close() {
    if (open.isEmpty()) {
      return;
    }
    Open unfinished = open.get();
    open = Optional.empty();
    try {
      unfinished.out().close();
      Files.deleteIfExists(unfinished.path());
    } catch (IOException e) {
      context.say("output file '%s' cannot be removed: %s".formatted(name, FileTrouble.of(e)));
    }
  }
}
