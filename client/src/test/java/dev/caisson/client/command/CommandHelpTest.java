package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What {@code --help} says is a format string to picocli, which complains to standard error. */
class CommandHelpTest {

  private static final PrintStream ERR = System.err;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @BeforeEach
  void listen() {
    System.setErr(new PrintStream(said, /* autoFlush= */ true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void giveBack() {
    System.setErr(ERR);
  }

  @Test
  void theHelpOfEveryCommandCanBeRenderedAsItIsWritten() {
    CommandLine commands = Main.commands(new CommandRun(Path.of("/no/such.sock")).context());

    assertThat(all(commands))
        .hasSizeGreaterThan(9)
        .allSatisfy(command ->
            assertThat(command.getUsageMessage())
                .as(command.getCommandSpec().qualifiedName())
                .contains("Usage: ")
                .doesNotContain("%%", "%n", "picocli"));
    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  private static Stream<CommandLine> all(CommandLine command) {
    return Stream.concat(
        Stream.of(command),
        command.getSubcommands().values().stream().flatMap(CommandHelpTest::all));
  }
}
