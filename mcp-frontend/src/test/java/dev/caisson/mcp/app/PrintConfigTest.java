package dev.caisson.mcp.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine;

final class PrintConfigTest {

  private static final PrintStream ERR = System.err;
  private static final Path DOCS = Path.of("..", "docs", "clients.md");
  private static final List<String> COMMAND =
      List.of("/opt/caisson/caisson", "mcp", "--servers", "/opt/caisson/mcp.json");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path folder;

  @BeforeEach
  void listen() {
    System.setErr(new PrintStream(err, /* autoFlush= */ true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void giveBack() {
    System.setErr(ERR);
  }

  @ParameterizedTest
  @EnumSource
  void the_documentation_shows_what_is_printed(McpClient client) throws IOException {
    var section = Files.readString(DOCS).split("## " + client + "\n", -1)[1].split("\n## ", -1)[0];
    assertThat(section).contains("\n" + client.config(COMMAND) + "```");
  }

  @ParameterizedTest
  @EnumSource
  void the_documentation_names_its_place(McpClient client) throws IOException {
    var file = client.place().split("[ ,;]", -1)[0];
    assertThat(client == McpClient.GENERIC || Files.readString(DOCS).contains("`" + file + "`"))
        .as(file)
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void awkward_paths_come_back_as_they_were(McpClient client) {
    var awkward = "/a b/\"c\"/d\\e: #f/ü";
    var arguments = List.of(awkward, "mcp", "--policy", "'p'");
    // JSON is YAML.
    assertThat(
            new Load(LoadSettings.builder().build())
                .loadFromString(client.config(arguments))
                .toString())
        .contains(awkward, "'p'");
  }

  @Test
  void it_prints_the_options_that_are_given_and_starts_nothing() throws IOException {
    var servers = Files.writeString(folder.resolve("mcp.json"), "{\"mcpServers\": {}}");
    var relative = Path.of("").toAbsolutePath().relativize(servers);

    var status =
        execute(
            "--print-config",
            "generic",
            "--servers",
            relative.toString(),
            "--policy",
            "data",
            "--socket",
            "/s.sock",
            "--session-per-connection");

    assertThat(status).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            "[ \"mcp\", \"--servers\", \"" + servers + "\", \"--policy\", \"data\", \"--socket\"",
            "\"/s.sock\", \"--session-per-connection\" ]");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("put this into wherever");
  }

  @Test
  void a_client_that_it_does_not_know_is_told_with_those_that_it_knows() {
    assertThat(execute("--print-config", "emacs")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("'emacs'", "claude-desktop, claude-code, cursor, vscode, goose, generic");
    assertThat(out.size()).isZero();
  }

  private int execute(String... arguments) {
    var protocol = new PrintStream(out, /* autoFlush= */ true, StandardCharsets.UTF_8);
    return new CommandLine(new Main(protocol)).execute(arguments);
  }
}
