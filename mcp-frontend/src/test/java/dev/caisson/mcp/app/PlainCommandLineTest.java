package dev.caisson.mcp.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What is read without picocli is read as picocli reads it, and nothing else is. */
final class PlainCommandLineTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--servers /a/mcp.json",
        "--policy web --socket /run/x.sock --session-per-connection",
        "--session-per-connection --servers mcp.json --policy=web",
        "--socket unix:///run/x.sock",
      })
  void the_usual_forms_mean_what_they_mean_to_picocli(String line) {
    var arguments = line.isEmpty() ? new String[0] : line.split(" ", -1);
    var plain = command();

    var taken = PlainCommandLine.read(arguments, plain);

    assertThat(taken).isEqualTo(!line.contains("="));
    if (taken) {
      assertThat(values(new CommandLine(plain))).isEqualTo(parsed(arguments));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--version",
        "--print-config generic",
        "--http",
        "demo",
        "--policy",
        "--policy web --policy web",
        "--session-per-connection --session-per-connection",
        "--policy --socket",
        "--policy @file",
        "--policy 'web'",
        "--polcy web",
        "web",
      })
  void all_else_is_for_picocli(String line) {
    assertThat(PlainCommandLine.read(line.split(" ", -1), command())).isFalse();
  }

  @Test
  void an_empty_value_is_for_picocli() {
    assertThat(PlainCommandLine.read(new String[] {"--policy", ""}, command())).isFalse();
  }

  private static Main command() {
    return new Main(new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8));
  }

  private static Map<String, String> parsed(String[] arguments) {
    var commands = new CommandLine(command());
    commands.parseArgs(arguments);
    return values(commands);
  }

  private static Map<String, String> values(CommandLine commands) {
    var values = new LinkedHashMap<String, String>();
    for (OptionSpec option : commands.getCommandSpec().options()) {
      values.put(option.longestName(), String.valueOf(option.<Object>getValue()));
    }
    return values;
  }
}
