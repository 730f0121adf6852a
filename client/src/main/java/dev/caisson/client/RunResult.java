package dev.caisson.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What became of a run.
 *
 * @param acceptance which run, and how it was placed; without ids when it was cancelled before it
 *     had a sandbox
 * @param outcome how it ended
 * @param message for people: what happened and, where it helps, what to do; empty for SUCCEEDED
 * @param limit which limit was passed, by its policy key, e.g. {@code tools.calls}; else empty
 * @param exitCode what {@code caisson run} exits with, 0 to 255
 * @param signal the number of the signal that ended the program, 0 for none
 * @param value of the last expression, or what the program has called {@code result}, unless None
 * @param exception the exception that ended the program, with FAILED
 * @param usage what the run took
 * @param outputBytesDropped bytes of output that passed the limit and were not delivered
 * @param displaysDropped displays that passed a limit and were not delivered
 */
public record RunResult(
    Acceptance acceptance,
    Outcome outcome,
    String message,
    String limit,
    int exitCode,
    int signal,
    Optional<Value> value,
    Optional<PythonException> exception,
    Usage usage,
    long outputBytesDropped,
    long displaysDropped) {

  public RunResult {
    if (exitCode < 0 || exitCode > 255) {
      throw new IllegalArgumentException("an exit code is 0 to 255, got " + exitCode);
    }
  }

  /** True for {@link Outcome#SUCCEEDED} alone. */
  public boolean succeeded() {
    return outcome == Outcome.SUCCEEDED;
  }

  /**
   * What the program results in.
   *
   * @param repr its {@code repr()}
   * @param reprCut true when {@code repr} was cut because of its length
   * @param json the value as JSON, when it can be written so
   * @param bundle what else it is, such as a table or an image; empty for most
   */
  public record Value(String repr, boolean reprCut, Optional<String> json, MimeBundle bundle) {}

  /**
   * An exception of the user's code.
   *
   * @param type the qualified class name, e.g. {@code ZeroDivisionError}
   * @param message its text
   * @param traceback as Python prints it, the user's frames only; empty for one that another comes
   *     from
   * @param frames from the outermost to the innermost
   * @param framesLeftOut how many are missing in the middle of them
   * @param suggestions what a name that is not there may have meant, the nearest first
   * @param syntax where a SyntaxError is
   * @param cause the exception that this one was raised from
   * @param context the exception during whose handling this one was raised
   * @param exceptions those of an exception group
   * @param exceptionsLeftOut how many of those are not told
   */
  public record PythonException(
      String type,
      String message,
      String traceback,
      List<Frame> frames,
      int framesLeftOut,
      List<String> notes,
      List<String> suggestions,
      Optional<SyntaxPlace> syntax,
      Optional<PythonException> cause,
      Optional<PythonException> context,
      List<PythonException> exceptions,
      int exceptionsLeftOut) {

    public PythonException {
      frames = List.copyOf(frames);
      notes = List.copyOf(notes);
      suggestions = List.copyOf(suggestions);
      exceptions = List.copyOf(exceptions);
    }
  }

  /** One call of an exception's traceback; the line is 0 when it is not known. */
  public record Frame(String file, int line, String function, String source) {}

  /** A place in the source; lines and columns count from 1, and 0 is not known. */
  public record SyntaxPlace(
      String file, int line, int column, int endLine, int endColumn, String source) {}

  /**
   * What a run took, measured outside the sandbox.
   *
   * @param wallTime from the acceptance to the end
   * @param cpuTime of the whole sandbox, when it could be read
   * @param memoryPeakBytes of the whole sandbox, 0 when it could not be read
   * @param outputBytes written by the program, dropped ones included
   * @param toolCalls made
   */
  public record Usage(
      Duration wallTime,
      Optional<Duration> cpuTime,
      long memoryPeakBytes,
      long outputBytes,
      int toolCalls) {}
}
