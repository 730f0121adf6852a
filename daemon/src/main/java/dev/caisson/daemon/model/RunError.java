package dev.caisson.daemon.model;

import java.util.List;
import java.util.Optional;

/**
 * An exception of the user's code, as Python tells it. Written by the code, bounded by the channel.
 *
 * @param traceback empty for one that another comes from
 */
public record RunError(String type, String message, String traceback, Details details) {

  /** One without details. */
  public RunError(String type, String message, String traceback) {
    this(type, message, traceback, Details.NONE);
  }

  /**
   * What is told beside the text.
   *
   * @param frames from the outermost to the innermost
   * @param framesLeftOut how many are missing in the middle of them
   * @param suggestions what a misspelled name may have meant
   * @param place where a syntax error is
   * @param cause raised from
   * @param context raised while this was handled
   * @param exceptions those of a group
   */
  public record Details(
      List<Frame> frames,
      int framesLeftOut,
      List<String> notes,
      List<String> suggestions,
      Optional<Place> place,
      Optional<RunError> cause,
      Optional<RunError> context,
      List<RunError> exceptions,
      int exceptionsLeftOut) {

    public static final Details NONE =
        new Details(
            List.of(),
            0,
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            0);

    public Details {
      frames = List.copyOf(frames);
      notes = List.copyOf(notes);
      suggestions = List.copyOf(suggestions);
      exceptions = List.copyOf(exceptions);
    }
  }

  /**
   * One frame.
   *
   * @param line from 1; 0 when it is not known
   * @param source the line's text, without what it is indented by; may be empty
   */
  public record Frame(String file, int line, String function, String source) {}

  /**
   * Where a syntax error is. Lines and columns count from 1, 0 is not known; an end column is the
   * first behind it.
   */
  public record Place(
      String file, int line, int column, int endLine, int endColumn, String source) {}
}
