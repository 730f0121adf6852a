package dev.caisson.client.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the program that is to run. */
final class ProgramSource {

  /** The daemon's limit; a little more is read, to know that it was passed. */
  private static final int LARGEST_BYTES = 1 << 20;

  private ProgramSource() {}

  /** From a file, or from standard input when the name is empty. */
  static String read(String name, InputStream standardInput) {
    String shown = name.isEmpty() ? "standard input" : name;
    byte[] source = name.isEmpty() ? upToLimit(standardInput, shown) : ofFile(name);
    if (source.length == 0) {
      throw new UsageException("%s has no program: it is empty".formatted(shown), "");
    }
    if (source.length > LARGEST_BYTES) {
      throw new UsageException("the program in %s is larger than 1 MiB".formatted(shown), "");
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(source)).toString();
    } catch (CharacterCodingException foreign) {
      throw new UsageException(
          "the program in %s is not UTF-8 text".formatted(shown), "save it as UTF-8");
    }
  }

  private static byte[] ofFile(String name) {
    if (Files.isDirectory(Path.of(name))) {
      throw new UsageException("%s is a folder, not a program".formatted(name), "");
    }
    try (InputStream file = Files.newInputStream(Path.of(name))) {
      return upToLimit(file, name);
    } catch (NoSuchFileException missing) {
      throw new UsageException("there is no file %s".formatted(name), "");
    } catch (IOException broken) {
      throw unreadable(name, broken);
    }
  }

  private static byte[] upToLimit(InputStream source, String shown) {
    try {
      return source.readNBytes(LARGEST_BYTES + 1);
    } catch (IOException broken) {
      throw unreadable(shown, broken);
    }
  }

  private static UsageException unreadable(String shown, IOException broken) {
    return new UsageException("%s cannot be read: %s".formatted(shown, broken.getMessage()), "");
  }
}
