package dev.caisson.client.command;

import dev.caisson.client.CaissonClient;
import dev.caisson.client.OutputStreamName;
import dev.caisson.client.Placement;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import dev.caisson.client.RunResult;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * One run of the program that measurements are made with, from the request to the last event.
 *
 * @param nanos what it took
 * @param result how it ended
 * @param output what it wrote
 */
record TimedRun(long nanos, RunResult result, String output) {

  static final RunOptions PROGRAM = RunOptions.code("print(1+1)");
  private static final String EXPECTED = "2\n";

  static TimedRun of(CaissonClient client) throws InterruptedException {
    return of(client, PROGRAM);
  }

  static TimedRun of(CaissonClient client, RunOptions options) throws InterruptedException {
    Output output = new Output();
    long begun = System.nanoTime();
    RunResult result = client.run(options, output);
    long nanos = System.nanoTime() - begun;
    return new TimedRun(nanos, result, output.bytes.toString(StandardCharsets.UTF_8));
  }

  boolean warm() {
    return result.acceptance().placement() == Placement.WARM;
  }

  /** Whether it ended as a run of this program ends. */
  boolean asItShould() {
    return result.succeeded() && output.equals(EXPECTED);
  }

  /** For a measurement that makes no sense when its runs go wrong. */
  TimedRun required() {
    if (!asItShould()) {
      throw new IllegalStateException("a run ended " + shown());
    }
    return this;
  }

  /** How it ended, for people. */
  String shown() {
    return result.succeeded()
        ? "SUCCEEDED with the output '%s'".formatted(output)
        : result.outcome() + ": " + result.message();
  }

  /** Filled by the thread that follows the run, which is the one that reads it. */
  private static final class Output implements RunListener {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void onOutput(OutputStreamName stream, byte[] piece) {
      bytes.writeBytes(piece);
    }
  }
}
