package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommandSearchTest {

  private static final Optional<String> MISSING = Optional.of("No such file or directory");
  private static final Optional<String> DENIED = Optional.of("Permission denied");

  @TempDir private Path folder = Path.of("");

  private Optional<String> problem(String command, String path) {
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("PATH", path);
    return CommandSearch.problem(builder);
  }

  private void program(String name, boolean executable) throws IOException {
    var file = Files.writeString(folder.resolve(name), "#!/bin/sh\n").toFile();
    assertThat(file.setExecutable(executable)).isTrue();
  }

  @Test
  void a_command_is_looked_for_in_the_childs_path() throws IOException {
    program("here", true);

    assertThat(problem("here", "/nowhere:" + folder)).isEmpty();
    assertThat(problem("here", "/nowhere")).isEqualTo(MISSING);
  }

  @Test
  void a_command_with_a_folder_begins_at_the_working_directory() throws IOException {
    program("here", true);

    assertThat(problem("./here", "")).isEmpty();
    assertThat(problem("./there", "")).isEqualTo(MISSING);
    assertThat(problem(folder.resolve("here").toString(), "")).isEmpty();
  }

  @Test
  void what_is_no_program_is_denied() throws IOException {
    program("text", false);

    assertThat(problem("./text", "")).isEqualTo(DENIED);
    assertThat(problem("text", folder + ":/nowhere")).isEqualTo(DENIED);
    assertThat(problem(folder.toString(), "")).isEqualTo(DENIED);
  }
}
