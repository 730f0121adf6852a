package dev.caisson.client.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An interpreter that evaluates each line that it reads, in a container of its own: what a session
 * comes down to when nobody watches over it. For one thread.
 */
final class BareLoop implements AutoCloseable {

  static final String PROGRAM =
      "import sys\nx = 2\nfor line in sys.stdin:\n    print(eval(line), flush=True)";

  private final Process process;
  private final Writer input;
  private final BufferedReader output;

  /**
   * @param command starts it with its standard streams
   */
  BareLoop(List<String> command) {
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
    input = process.outputWriter(StandardCharsets.UTF_8);
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** What it takes to have {@code x} evaluated, in nanoseconds. */
  long evaluate() {
    try {
      long begun = System.nanoTime();
      input.write("x\n");
      input.flush();
      String answer = output.readLine();
      long nanos = System.nanoTime() - begun;
      if (!"2".equals(answer)) {
        throw new IllegalStateException("the bare loop answered '%s'".formatted(answer));
      }
      return nanos;
    } catch (IOException gone) {
      throw new IllegalStateException("the bare loop is gone", gone);
    }
  }

  /** The end of its input is the end of it. */
  @Override
  public void close() {
    try {
      input.close();
    } catch (IOException gone) {
      // It has ended already.
    }
    process.destroy();
  }
}
