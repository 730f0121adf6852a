package dev.caisson.client.command;

import dev.caisson.client.Acceptance;
import dev.caisson.client.CaissonException;
import dev.caisson.client.MimeBundle;
import dev.caisson.client.OutputStreamName;
import dev.caisson.client.RunResult;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The program's bytes as they come, and one line at the end when there is something to say. */
final class TextReport implements RunReport {

  private final CommandContext context;

  TextReport(CommandContext context) {
    this.context = context;
  }

  @Override
  public void onAccepted(Acceptance acceptance) {
    if (!acceptance.stateLost().isEmpty()) {
      context.say("the names of this session are lost: " + acceptance.stateLost());
    }
  }

  @Override
  public void onOutput(OutputStreamName stream, byte[] bytes) {
    switch (stream) {
      case STDOUT -> write(context.out(), bytes);
      case STDERR -> write(context.err(), bytes);
    }
  }

  @Override
  public void onDisplay(MimeBundle shown) {
    // Standard output has what the program wrote and shows as text; a word for what a terminal
    // cannot show is ours, and a figure must not end up in the file that the output goes to.
    OutputStream target = BundleText.isWhole(shown) ? context.out() : context.err();
    write(target, (BundleText.of(shown) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void write(OutputStream target, byte[] bytes) {
    try {
      target.write(bytes);
      target.flush();
    } catch (IOException closed) {
      throw new UncheckedIOException(closed); // Nobody listens any more: ends the run.
    }
  }

  @Override
  public void ended(RunResult result) {
    if (result.outputBytesDropped() > 0) {
      context.say(
          "%,d bytes of output were dropped (output.bytes)".formatted(result.outputBytesDropped()));
    }
    if (result.displaysDropped() > 0) {
      context.say(
          "%,d displays were dropped (output.displays, output.display_bytes)"
              .formatted(result.displaysDropped()));
    }
    result.exception().ifPresent(this::traceback);
    if (result.exception().isEmpty() && !result.succeeded()) {
      context.say(result.message().isBlank() ? plain(result) : result.message());
    }
  }

  @Override
  public void failed(CaissonException failure) {
    context.say(failure.getMessage(), failure.advice());
  }

  private void traceback(RunResult.PythonException exception) {
    String text =
        exception.traceback().isBlank()
            ? "%s: %s".formatted(exception.type(), exception.message())
            : exception.traceback();
    context.errorPrinter().println(text.stripTrailing());
  }

  /** For an outcome without a message of the daemon's. */
  private static String plain(RunResult result) {
    String limit = result.limit().isEmpty() ? "" : " (" + result.limit() + ")";
    return switch (result.outcome()) {
      case SUCCEEDED -> "";
      case FAILED -> "the program ended with status " + result.exitCode();
      case TIMED_OUT -> "the program ran out of time" + limit;
      case CANCELLED -> "the run was cancelled";
      case OUT_OF_MEMORY -> "the program ran out of memory" + limit;
      case LIMIT_EXCEEDED -> "the program passed a limit" + limit;
      case POLICY_DENIED -> "the policy refused the program";
      case PROTOCOL_VIOLATION -> "the sandbox broke the rules and was destroyed";
      case SANDBOX_LOST -> "the sandbox was lost";
    };
  }
}
