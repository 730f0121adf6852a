package dev.caisson.client.command;

import java.util.function.Consumer;

/**
 * A line that is typed for a program which reads its input, edited as terminals do it: Backspace,
 * Ctrl-U, Ctrl-D. Arrows and the like do nothing. For one thread.
 */
final class TypedLine {

  /** What came of a key. */
  sealed interface Pressed {
    /** The line goes on. */
    record Part() implements Pressed {}

    /** The line with its end. */
    record Line(String text) implements Pressed {}

    /** Ctrl-D in an empty line: the end of the input. */
    record End() implements Pressed {}
  }

  private static final char BACKSPACE = '\b';
  private static final char DELETE = '\u007f';
  private static final char CTRL_D = '\u0004';
  private static final char CTRL_U = '\u0015';
  private static final char ESCAPE = '\u001b';
  private static final String ERASED = "\b \b";
  private static final Pressed PART = new Pressed.Part();

  private final StringBuilder line = new StringBuilder();
  private final Consumer<String> echo;

  /** How far the sequence of a key that is no character has come. */
  private enum Sequence {
    NONE,
    BEGUN,
    PARAMETERS
  }

  private Sequence sequence = Sequence.NONE;

  /** What is typed is shown by the echo. */
  TypedLine(Consumer<String> echo) {
    this.echo = echo;
  }

  Pressed press(char key) {
    if (sequence != Sequence.NONE) {
      sequence = after(key);
      return PART;
    }
    return switch (key) {
      case ESCAPE -> {
        sequence = Sequence.BEGUN;
        yield PART;
      }
      case '\r', '\n' -> {
        echo.accept("\n");
        String text = line + "\n";
        line.setLength(0);
        yield new Pressed.Line(text);
      }
      case BACKSPACE, DELETE -> {
        erase();
        yield PART;
      }
      case CTRL_U -> {
        while (!line.isEmpty()) {
          erase();
        }
        yield PART;
      }
      case CTRL_D -> line.isEmpty() ? new Pressed.End() : PART;
      default -> {
        if (key == '\t' || !Character.isISOControl(key)) {
          line.append(key);
          echo.accept(String.valueOf(key));
        }
        yield PART;
      }
    };
  }

  /** What was typed of a line that has not ended. */
  String unfinished() {
    return line.toString();
  }

  /** {@code ESC [ A} is a key, {@code ESC O A} another, {@code ESC x} is Alt and x. */
  private Sequence after(char key) {
    return switch (sequence) {
      case NONE -> Sequence.NONE;
      case BEGUN -> key == '[' || key == 'O' ? Sequence.PARAMETERS : Sequence.NONE;
      case PARAMETERS -> key >= '@' && key <= '~' ? Sequence.NONE : Sequence.PARAMETERS;
    };
  }

  private void erase() {
    if (!line.isEmpty()) {
      line.setLength(line.offsetByCodePoints(line.length(), -1));
      echo.accept(ERASED);
    }
  }
}
