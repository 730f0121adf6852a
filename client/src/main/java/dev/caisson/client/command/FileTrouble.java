package dev.caisson.client.command;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** Why a file of this machine cannot be read or written, in words and on one line. */
final class FileTrouble {

  private FileTrouble() {}

  static String of(IOException trouble) {
    return switch (trouble) {
      case NoSuchFileException missing -> "there is no " + name(missing);
      case FileAlreadyExistsException there ->
          name(there) + " is there already, and nothing is replaced";
      case AccessDeniedException denied -> "its permissions forbid it for " + name(denied);
      case FileSystemException other when other.getReason() != null ->
          other.getReason().toLowerCase(Locale.ROOT) + ": " + name(other);
      default -> ShownName.of(String.valueOf(trouble.getMessage()));
    };
  }

  static String of(InvalidPathException trouble) {
    return "no file of this machine can have that name (%s)"
        .formatted(ShownName.of(trouble.getReason()));
  }

  private static String name(FileSystemException trouble) {
    return "'" + ShownName.of(String.valueOf(trouble.getFile())) + "'";
  }
}
