package dev.caisson.mcp.text;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Says why a file cannot be read, for a person who named it on a command line. */
public final class UnreadableFile {

  private UnreadableFile() {}

  /** What follows the file's name: "there is no such file". */
  public static String why(IOException problem) {
    return switch (problem) {
      case NoSuchFileException missing -> "there is no such file";
      case AccessDeniedException denied -> "it may not be read by this user";
      case CharacterCodingException binary -> "it is not UTF-8 text";
      // A folder, for one: "Is a directory".
      default -> "it cannot be read: " + problem.getMessage();
    };
  }
}
