package dev.caisson.mcp.app;

import dev.caisson.mcp.relay.Approvals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/**
 * {@link Approvals} at the terminal that the command was started from, whatever its standard
 * streams are. Without one every question is denied, and said so on standard error: silence would
 * look like a program that fails by itself.
 *
 * <p>Any thread; one question stands on the screen at a time.
 */
final class TerminalApprovals implements Approvals {

  private final Path terminal;
  private final PrintStream stderr;
  private final ReentrantLock screen = new ReentrantLock();

  TerminalApprovals(Path terminal, PrintStream stderr) {
    this.terminal = terminal;
    this.stderr = stderr;
  }

  /** The terminal of this process. */
  static TerminalApprovals ofProcess() {
    return new TerminalApprovals(Path.of("/dev/tty"), System.err);
  }

  /** Always: a question without a terminal is answered here, with a line that says why. */
  @Override
  public boolean canAsk() {
    return true;
  }

  @Override
  public Answer ask(Question question) throws InterruptedException {
    screen.lockInterruptibly();
    try (var in = FileChannel.open(terminal, StandardOpenOption.READ);
        var out = FileChannel.open(terminal, StandardOpenOption.WRITE)) {
      return asked(question, in, out);
    } catch (IOException none) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the question was withdrawn");
      }
      stderr.println(
          "caisson: denied a call of %s.%s: the policy asks for approval (%s), and there is no"
                  .formatted(question.server(), question.tool(), question.rule())
              + " terminal to ask at");
      return Answer.deny("there is no terminal to ask at");
    } finally {
      screen.unlock();
    }
  }

  static Answer asked(Question question, ReadableByteChannel in, WritableByteChannel out)
      throws IOException {
    var prompt = "\n" + question.text() + "\nAllow it? [y]es, [a]lways in this run, [N]o: ";
    var bytes = ByteBuffer.wrap(prompt.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      var ignored = out.write(bytes);
    }
    var reader =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(in), StandardCharsets.UTF_8));
    var line = reader.readLine();
    return switch (line == null ? "" : line.strip().toLowerCase(Locale.ROOT)) {
      case "y", "yes" -> new Answer(Answer.Choice.ALLOW, "");
      case "a", "always" -> new Answer(Answer.Choice.ALLOW_FOR_RUN, "");
      default -> Answer.deny("");
    };
  }
}
