package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplHistoryTest {

  @TempDir Path folder;
  private CommandRun command;

  @BeforeEach
  void start() {
    command = new CommandRun(Path.of("/no/such.sock"));
  }

  @Test
  void itIsInTheFolderForStateAndItsOwnersAlone() throws Exception {
    Path file = folder.resolve("state/caisson/repl_history");
    command.withEnvironment("XDG_STATE_HOME", folder.resolve("state").toString());

    assertThat(ReplHistory.prepare(command.context())).contains(file);
    assertThat(mode(file)).isEqualTo("rw-------");

    Files.writeString(file, "x = 1\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(ReplHistory.prepare(command.context())).contains(file);
    assertThat(mode(file)).isEqualTo("rw-------");
    assertThat(file).hasContent("x = 1\n");
  }

  @Test
  void withoutSuchAFolderItIsBelowTheHome() {
    command
        .withEnvironment("XDG_STATE_HOME", "not/absolute")
        .withEnvironment("HOME", folder.toString());

    assertThat(ReplHistory.prepare(command.context()))
        .contains(folder.resolve(".local/state/caisson/repl_history"));
  }

  @Test
  void withoutAHomeThereIsNone() {
    assertThat(ReplHistory.prepare(command.context())).isEmpty();
    assertThat(command.err()).isEmpty();
  }

  @Test
  void aFolderThatCannotBeMadeIsSaidAndDoneWithout() throws Exception {
    Path taken = Files.writeString(folder.resolve("taken"), "");
    command.withEnvironment("XDG_STATE_HOME", taken.toString());

    assertThat(ReplHistory.prepare(command.context())).isEmpty();
    assertThat(command.err())
        .startsWith("caisson: there is no history: ")
        .contains("to mend it: --no-history does without");
  }

  private static String mode(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
