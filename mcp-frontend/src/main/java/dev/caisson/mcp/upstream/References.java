package dev.caisson.mcp.upstream;

import dev.caisson.mcp.text.UnreadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts values in the place of {@code ${NAME}}, {@code ${env:NAME}}, {@code ${NAME:-default}} and
 * {@code ${file:PATH}} in one entry of the servers file. What leads nowhere is a problem, and never
 * shows a value.
 */
final class References {

  /** Bytes of a file that is referred to. A token or a key is far smaller. */
  static final int LARGEST_FILE = 64 * 1024;

  private static final Pattern REFERENCE =
      Pattern.compile(
          "\\$\\{(?:file:(?<file>[^}]*)"
              + "|(?:env:)?(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<default>[^}]*))?)\\}");

  private final String who;
  private final Path folder;
  private final Map<String, String> environment;
  private final Secrets secrets;
  private final List<String> problems;

  /**
   * @param who refers, for problems
   * @param folder from which relative paths begin
   * @param problems to which those found are added
   */
  References(
      String who,
      Path folder,
      Map<String, String> environment,
      Secrets secrets,
      List<String> problems) {
    this.who = who;
    this.folder = folder;
    this.environment = environment;
    this.secrets = secrets;
    this.problems = problems;
  }

  /** The text with all references resolved; one that leads nowhere is empty, and a problem. */
  String resolve(String text) {
    return REFERENCE
        .matcher(text)
        .replaceAll(reference ->
            Matcher.quoteReplacement(
                reference.group("file") != null
                    ? file(reference.group("file").strip())
                    : variable(reference)));
  }

  private String variable(MatchResult reference) {
    var name = reference.group("name");
    var value = environment.get(name);
    if (value != null) {
      secrets.reference(name, value);
      return value;
    }
    if (reference.group("default") != null) {
      secrets.reference(name, reference.group("default"));
      return reference.group("default");
    }
    problems.add(who + " refers to ${" + name + "}, which the environment does not have");
    return "";
  }

  private String file(String named) {
    try {
      var content = content(named);
      secrets.file(content);
      return content;
    } catch (UnusableFileException unusable) {
      problems.add(who + " refers to ${file:" + named + "}: " + unusable.getMessage());
      return "";
    }
  }

  private String content(String named) throws UnusableFileException {
    try {
      var path = path(named);
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw new UnusableFileException("it is not a regular file");
      }
      byte[] bytes;
      try (var input = Files.newInputStream(path)) {
        bytes = input.readNBytes(LARGEST_FILE + 1);
      }
      if (bytes.length > LARGEST_FILE) {
        throw new UnusableFileException(
            "it has more than " + LARGEST_FILE / 1024 + " KiB, which no secret needs");
      }
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.isBlank()) {
        throw new UnusableFileException("it is empty");
      }
      return text.strip();
    } catch (IOException problem) {
      throw new UnusableFileException(UnreadableFile.why(problem));
    } catch (InvalidPathException problem) {
      throw new UnusableFileException("that is no path");
    }
  }

  private Path path(String named) throws UnusableFileException {
    if (named.isEmpty()) {
      throw new UnusableFileException("name a file, for example ${file:/run/secrets/token}");
    }
    if (!named.startsWith("~/")) {
      return folder.resolve(named);
    }
    var home = environment.get("HOME");
    if (home == null) {
      throw new UnusableFileException("the environment has no HOME for '~'");
    }
    return Path.of(home).resolve(named.substring(2));
  }

  /** The message is what follows the file's name. */
  private static final class UnusableFileException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableFileException(String why) {
      super(why);
    }
  }
}
