package dev.caisson.mcp.upstream;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Looks for a command as {@code execvp(3)} will. It is asked before a server is started, because
 * what starts it in a group of its own would say it in other words, on the server's stderr.
 */
final class CommandSearch {

  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  private CommandSearch() {}

  /** Why the builder's command cannot be run, in the system's words; empty when it can. */
  static Optional<String> problem(ProcessBuilder builder) {
    var command = builder.command().getFirst();
    var folder = builder.directory() == null ? Path.of("") : builder.directory().toPath();
    try {
      if (command.contains("/")) {
        return problem(folder.resolve(command));
      }
      var answer = Optional.of("No such file or directory");
      for (var place : builder.environment().getOrDefault("PATH", DEFAULT_PATH).split(":", -1)) {
        var problem = problem(folder.resolve(place).resolve(command));
        if (problem.isEmpty()) {
          return problem;
        }
        answer = problem.get().startsWith("Permission") ? problem : answer;
      }
      return answer;
    } catch (InvalidPathException problem) {
      return Optional.of("No such file or directory");
    }
  }

  private static Optional<String> problem(Path program) {
    if (!Files.exists(program)) {
      return Optional.of("No such file or directory");
    }
    return Files.isRegularFile(program) && Files.isExecutable(program)
        ? Optional.empty()
        : Optional.of("Permission denied");
  }
}
