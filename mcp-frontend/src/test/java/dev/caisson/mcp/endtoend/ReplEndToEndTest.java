package dev.caisson.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.caisson.client.CaissonClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code caisson repl} on a terminal and without one, with real sandboxes behind it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class ReplEndToEndTest {

  private static final String CTRL_C = "\u0003";
  private static final String CTRL_D = "\u0004";

  private DaemonProcess daemon;
  private Path folder;

  @BeforeAll
  void start(@TempDir Path place) throws IOException {
    folder = place;
    daemon = new DaemonProcess(Files.createDirectory(place.resolve("daemon")));
  }

  @AfterAll
  void stop() throws InterruptedException {
    daemon.close();
  }

  /** Of a prompt that was killed. */
  @AfterEach
  void endSessions() {
    try (var client = CaissonClient.connect(daemon.socket())) {
      client.sessions().list().forEach(left -> client.sessions().delete(left.getSessionId()));
    }
  }

  @Test
  void aPersonTypesAndIsAnswered() throws Exception {
    try (TerminalProcess terminal = new TerminalProcess(folder, daemon.socket())) {
      terminal.await(">>> ");

      terminal.answers("x = 20\r", ">>> ");
      terminal.answers("x + 22\r", "\n42\r\n");
      terminal.answers("1 / 0\r", "ZeroDivisionError: division by zero");
      terminal.answers("def f():\r", "... ");
      terminal.answers("    return [x,\r", "... ");
      terminal.answers("    1]\r\r", ">>> ");
      terminal.answers("f()\r", "\n[20, 1]\r\n");

      terminal.answers("a_long_name = 'of mine'\r", ">>> ");
      terminal.answers("a_lo\t\r", "\n'of mine'\r\n");
      terminal.answers("a_long_name.upp\t()\r", "\n'OF MINE'\r\n");
      terminal.answers("impo\t tempf\t\r", ">>> ");
      terminal.answers("from os.path import splite\t, commonpr\t\r", ">>> ");
      terminal.answers("(tempfile.__name__, splitext('a.b'))\r", "('tempfile', ('a', '.b'))\r\n");
      terminal.answers("if x:\r", "... ");
      terminal.answers("\tprint('inde' + 'nted')\r\r", "\nindented\r\n");

      terminal.answers("print('asl' + 'eep'); import time; time.sleep(100)\r", "\nasleep\r\n");
      terminal.answers(CTRL_C, "KeyboardInterrupt");
      terminal.answers("x + 1\r", "\n21\r\n");
      terminal.answers("not wanted" + CTRL_C, ">>> ");

      terminal.answers("name = input('who' + '? ')\r", "\nwho? ");
      terminal.answers("Adx\u007fa\r", ">>> ");
      terminal.answers("name * 2\r", "\n'AdaAda'\r\n");
      terminal.answers("import sys; print('rea' + 'ding'); sys.stdin.read()\r", "\nreading\r\n");
      terminal.answers("line\r" + CTRL_D, "\n'line\\n'\r\n");
      terminal.await(">>> ");
      terminal.answers("\u001b[200~y = 5\nz = 6\ny * z\u001b[201~\r", "\n30\r\n");
      terminal.answers("print('\\x1b]0;' + 'title')\r", "\n\\x1b]0;title\r\n");
      terminal.await(">>> ");

      terminal.answers(CTRL_D, "the session has ended");
      assertThat(terminal.status()).isZero();
    }
    assertThat(sessions()).isZero();
    Path history = folder.resolve("state/caisson/repl_history");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
        .isEqualTo("rw-------");
    assertThat(history).content().contains("x + 22\n").contains("    return [x,\n");
  }

  @Test
  void whoEndsTheProcessLeavesNoSession() throws Exception {
    try (TerminalProcess terminal = new TerminalProcess(folder, daemon.socket())) {
      terminal.await(">>> ");
      assertThat(sessions()).isOne();

      terminal.terminate();

      await().until(() -> sessions() == 0);
    }
  }

  @Test
  void whoClosesTheTerminalLeavesNoSession() throws Exception {
    try (TerminalProcess terminal = new TerminalProcess(folder, daemon.socket())) {
      terminal.await(">>> ");

      terminal.hangUp();

      await().until(() -> sessions() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u001b[", "\u001bO"})
  void theLinesOfAnEarlierPromptComeBackWithTheArrowsOfEveryMode(String arrow) throws Exception {
    try (TerminalProcess terminal = new TerminalProcess(folder, daemon.socket())) {
      terminal.await(">>> ");
      terminal.answers("'é' * 2\r", "\n'éé'\r\n");
      terminal.answers("8\r", "\n8\r\n");
      terminal.answers(CTRL_D, "the session has ended");
      assertThat(terminal.status()).isZero();
    }
    try (TerminalProcess terminal = new TerminalProcess(folder, daemon.socket())) {
      terminal.await(">>> ");
      String up = arrow + "A";
      String right = arrow + "C";
      String left = arrow + "D";
      terminal.answers(up + up + left + "1" + right + "0\r", "'" + "é".repeat(120) + "'\r\n");
    }
  }

  @Test
  void aTerminalThatNobodyDescribesAndAForeignLocaleWill() throws Exception {
    var environment = Map.of("TERM", "unheard-of", "LC_ALL", "C");
    try (TerminalProcess terminal = new TerminalProcess(folder, daemon.socket(), environment)) {
      terminal.await(">>> ");
      terminal.answers("'é€' * 2\r", "\n'é€é€'\r\n");

      assertThat(terminal.shown()).startsWith("caisson: a new session");
    }
  }

  @Test
  void withoutATerminalStandardInputIsOneProgram() throws Exception {
    var command =
        FrontendProcess.program(
            dev.caisson.client.command.Main.class, "repl", "--socket", daemon.socket().toString());
    var process = new ProcessBuilder(command).start();
    try (var input = process.getOutputStream()) {
      input.write(
          "def f():\n    x = 6\n\n    return x\nprint(f() * 7)\nf()\nexit(3)\n"
              .getBytes(StandardCharsets.UTF_8));
    }

    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("42\n");
    assertThat(process.waitFor()).isEqualTo(3);
    assertThat(sessions()).isZero();
  }

  private int sessions() {
    try (var client = CaissonClient.connect(daemon.socket())) {
      return client.sessions().list().size();
    }
  }
}
