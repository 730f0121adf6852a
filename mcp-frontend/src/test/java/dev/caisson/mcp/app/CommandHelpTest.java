package dev.caisson.mcp.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What {@code --help} says is a format string to picocli, which complains to standard error. */
final class CommandHelpTest {

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
  void the_help_of_every_command_can_be_rendered_as_it_is_written() {
    var protocol = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
    var commands = new CommandLine(new Main(protocol));

    assertThat(Stream.of(commands, commands.getSubcommands().get("demo")))
        .allSatisfy(command ->
            assertThat(command.getUsageMessage())
                .contains("Usage: ")
                .doesNotContain("%%", "%n", "picocli"));
    assertThat(commands.getSubcommands()).hasSize(1);
    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
  }
}
