package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CompletionCommandTest {

  @Test
  void theScriptKnowsOurCommandsWithTheirOptionsAndTheNamesOfTheOthers() {
    CommandRun command = new CommandRun(Path.of("/no/such.sock"));

    assertThat(command.execute("completion", "demo", "run")).isZero();

    assertThat(command.out())
        .contains("complete -F _complete_caisson")
        .contains("--servers", "neighbour", "demo");
  }
}
