package dev.caisson.daemon.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyCommandTest {

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final PolicyCommand command =
      new PolicyCommand(
          new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8));

  @Test
  void aGoodFileIsSaidToBeGood() throws IOException {
    Path file = Files.writeString(folder.resolve("small.yaml"), "time: {wall: 5s}\n");

    assertThat(command.run(List.of("check", file.toString()))).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith(file + ": good. Policy 'small':")
        .contains("wall time 5s");
  }

  @Test
  void aBadFileIsRefusedWithLineAndReasonAndTheOthersAreStillRead() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.yaml"), "time:\n  wal: 5s\n");
    Path good = Files.writeString(folder.resolve("good.yaml"), "pool: {warm: 1}\n");

    assertThat(command.run(List.of("check", bad.toString(), good.toString()))).isEqualTo(1);

    assertThat(err.toString(StandardCharsets.UTF_8)).contains(bad + ":2: ", "wal", "wall");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("Policy 'good'");
  }

  @Test
  void aFileThatIsNotThereIsRefused() {
    assertThat(command.run(List.of("check", folder.resolve("none.yaml").toString()))).isEqualTo(1);

    assertThat(err.toString(StandardCharsets.UTF_8)).contains("none.yaml");
  }

  @Test
  void aWrongCommandLineSaysWhatIsRight() {
    assertThat(command.run(List.of("chek", "x"))).isEqualTo(2);

    assertThat(err.toString(StandardCharsets.UTF_8)).contains("Usage: caisson policy check FILE");
  }
}
