package dev.caisson.mcp.endtoend;

import dev.caisson.client.command.Main;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * {@code caisson repl} on a terminal of its own, and a person who types there. A thread of its own
 * reads what is shown; everything else is done by the test's thread.
 */
final class TerminalProcess implements AutoCloseable {

  /** What the line editor moves and colours with. */
  private static final Pattern SEQUENCES =
      Pattern.compile("\u001b(\\[[0-9;?]*[a-zA-Z]|[=>]|\\([A-Z0-9])");

  private final Process process;
  private final OutputStream keys;
  private final StringBuffer shown = new StringBuffer();
  private int seen;

  /** With its history below the folder. */
  TerminalProcess(Path folder, Path socket) throws IOException {
    this(folder, socket, Map.of());
  }

  /** The same with more in its environment. */
  TerminalProcess(Path folder, Path socket, Map<String, String> environment) throws IOException {
    var command =
        FrontendProcess.program(Main.class, "repl", "--socket", socket.toString()).stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    // Gives the command a terminal whose keys are our writes. Where the tests are run in the
    // background Ctrl-C is ignored, and whoever is started there would ignore it too.
    var builder =
        new ProcessBuilder(
            "script", "-qefc", "exec env --default-signal=INT " + command, "/dev/null");
    builder.environment().put("XDG_STATE_HOME", folder.resolve("state").toString());
    builder.environment().put("TERM", "xterm-256color");
    builder.environment().keySet().removeAll(Set.of("TERM_PROGRAM", "KITTY_WINDOW_ID"));
    builder.environment().putAll(environment);
    process = builder.redirectErrorStream(true).start();
    keys = process.getOutputStream();
    var screen = process.inputReader(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().start(() -> read(screen));
  }

  private void read(Reader screen) {
    var piece = new char[4096];
    try {
      for (int count = screen.read(piece); count >= 0; count = screen.read(piece)) {
        shown.append(piece, 0, count);
      }
    } catch (IOException gone) {
      // The terminal goes with its process.
    }
  }

  /** Waits until this is shown, after what was waited for before. */
  void await(String text) {
    try {
      Awaitility.await().until(() -> plain().indexOf(text, seen) >= 0);
    } catch (ConditionTimeoutException missing) {
      throw new AssertionError("no '%s' in:%n%s".formatted(text, plain().substring(seen)), missing);
    }
    seen = plain().indexOf(text, seen) + text.length();
  }

  /** Types, and waits until this is shown. */
  void answers(String typed, String text) throws IOException {
    keys.write(typed.getBytes(StandardCharsets.UTF_8));
    keys.flush();
    await(text);
  }

  private String plain() {
    return SEQUENCES.matcher(shown).replaceAll("");
  }

  /** All that was shown until now. */
  String shown() {
    return plain();
  }

  /** Ends the terminal, as who closes its window does. */
  void hangUp() {
    process.destroyForcibly();
  }

  /** Ends the program as `kill` does. */
  void terminate() {
    process.descendants().forEach(ProcessHandle::destroy);
  }

  int status() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("the prompt did not end: " + plain());
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
