package dev.caisson.mcp.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RotatingFileTest {

  @TempDir private Path folder = Path.of("");

  private RotatingFile file(Path path) {
    return new RotatingFile(
        path, Clock.fixed(Instant.parse("2026-01-02T03:04:05.678Z"), ZoneOffset.UTC));
  }

  @Test
  void lines_have_their_time_and_only_the_user_reads_them() throws IOException {
    var path = folder.resolve("servers").resolve("a.log");
    file(path).write("one");
    file(path).write("\u001b[2Jtwo\t\n");

    assertThat(path)
        .hasContent("2026-01-02T03:04:05.678Z one\n2026-01-02T03:04:05.678Z \\x1b[2Jtwo\t\\x0a\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void a_full_file_becomes_the_old_one() throws IOException {
    var path = folder.resolve("a.log");
    var line = "x".repeat((int) RotatingFile.FULL);
    file(path).write("first " + line);
    file(path).write("second " + line);
    file(path).write("third");

    assertThat(Files.readString(path)).endsWith(" third\n").doesNotContain("second");
    assertThat(Files.readString(folder.resolve("a.log.1"))).contains(" second ");
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void what_cannot_be_written_is_given_up() throws IOException {
    var path = Files.writeString(folder.resolve("file"), "").resolve("a.log");
    var file = file(path);
    file.write("one");
    file.write("two");

    assertThat(path).doesNotExist();
  }

  @Test
  void a_servers_name_becomes_a_file_name_of_its_own() {
    for (var name : new String[] {"files", "a b", "a/b", "../x", "..", ".hidden"}) {
      RotatingFile.ofServer(folder, name).write("of " + name);
    }

    assertThat(folder.resolve("files.log")).exists();
    assertThat(folder.toFile().list()).hasSize(6).allMatch(name -> !name.startsWith("."));
  }
}
