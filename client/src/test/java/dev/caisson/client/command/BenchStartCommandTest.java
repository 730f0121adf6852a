package dev.caisson.client.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class BenchStartCommandTest {

  @TempDir Path folder;

  @Test
  void everyStartButTheFirstIsCountedUpToTheAnswer() throws IOException {
    CommandRun command = launcher("read request; echo \"$request\" >> requests; " + ANSWER);

    command.execute(
        "bench", "start", "-n", "2", "--json", folder.resolve("report.json").toString());

    assertThat(command.err()).isEmpty();
    assertThat(command.out())
        .containsPattern("(?m)^caisson mcp, initialize +2 ")
        .containsPattern("(?m)^memory resident after initialize: [0-9]+ MiB, at most [0-9]+ MiB$")
        .contains(": p95 within 400 ms");
    assertThat(Files.readAllLines(folder.resolve("requests")))
        .hasSize(3)
        .allMatch(request ->
            JsonMapper.shared().readTree(request).path("method").asString().equals("initialize"));
    assertThat(
            JsonMapper.shared()
                .readTree(Files.readString(folder.resolve("report.json")))
                .at("/series/0/samples_ns"))
        .hasSize(2);
  }

  @Test
  void aFrontendThatEndsInsteadOfAnsweringIsNoStart() throws IOException {
    CommandRun command = launcher("exit 3");

    assertThat(command.execute("bench", "start", "-n", "1")).isNotZero();

    assertThat(command.err()).contains("gave no answer to initialize");
  }

  private static final String ANSWER = "echo '{\"result\":{\"serverInfo\":{}}}'; cat > /dev/null";

  private CommandRun launcher(String script) throws IOException {
    Path launcher = folder.resolve("launcher");
    Files.writeString(launcher, "#!/bin/sh\ncd '" + folder + "'\n" + script + "\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
    return new CommandRun(folder.resolve("none.sock"))
        .withEnvironment("CAISSON_LAUNCHER", launcher.toString());
  }
}
