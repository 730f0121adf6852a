package dev.caisson.daemon.model;

import java.time.Duration;
import java.util.Optional;

/**
 * How a run ended, decided by the daemon. All of these are results: a run that we failed to carry
 * out is an exception instead.
 */
public sealed interface RunOutcome {

  /** What {@code caisson run} exits with. */
  int exitCode();

  /** For people: what happened, and what to do where that helps. Empty when all went well. */
  String message();

  /** The program came to its end, or to sys.exit(0). */
  record Succeeded(Optional<RunValue> value) implements RunOutcome {
    @Override
    public int exitCode() {
      return 0;
    }

    @Override
    public String message() {
      return "";
    }
  }

  /**
   * The program raised an exception that nothing caught.
   *
   * @param hint the limit that such an exception comes from, or empty
   */
  record Raised(RunError error, String hint) implements RunOutcome {
    @Override
    public int exitCode() {
      return 1;
    }

    @Override
    public String message() {
      return error.type()
          + (error.message().isEmpty() ? "" : ": " + error.message())
          + (hint.isEmpty() ? "" : " (" + hint + ")");
    }
  }

  /** The program called sys.exit with another status than 0. */
  record Exited(int status, String text) implements RunOutcome {
    @Override
    public int exitCode() {
      return status & 0xFF;
    }

    @Override
    public String message() {
      return text.isEmpty()
          ? "the program exited with status " + status
          : "the program exited: " + text;
    }
  }

  /** The interpreter ended under the program, as os._exit does. */
  record InterpreterExited(int status) implements RunOutcome {
    @Override
    public int exitCode() {
      return status == 0 ? 1 : status & 0xFF;
    }

    @Override
    public String message() {
      return "the interpreter exited with status " + status + " before the program came to its end";
    }
  }

  /** A signal of its own ended the interpreter: a segmentation fault, os.kill of itself. */
  record Signalled(int signal) implements RunOutcome {
    @Override
    public int exitCode() {
      return 128 + signal;
    }

    @Override
    public String message() {
      return "the interpreter was ended by signal " + signal + Signals.nameInBrackets(signal);
    }
  }

  /** The program passed its deadline. */
  record TimedOut(Duration wall) implements RunOutcome {
    @Override
    public int exitCode() {
      return 124;
    }

    @Override
    public String message() {
      return "the program passed its time limit of " + DurationText.of(wall) + " (time.wall)";
    }
  }

  /** The caller asked for the end, or went away. */
  record Cancelled(String reason) implements RunOutcome {
    @Override
    public int exitCode() {
      return 130;
    }

    @Override
    public String message() {
      return reason.isEmpty() ? "the run was cancelled" : "the run was cancelled: " + reason;
    }
  }

  /** The sandbox passed its memory limit. */
  record OutOfMemory(ByteSize limit) implements RunOutcome {
    @Override
    public int exitCode() {
      return 137;
    }

    @Override
    public String message() {
      return "the program and what it started passed the memory limit of "
          + limit
          + " (sandbox.memory)";
    }
  }

  /** A hard limit other than time and memory. */
  record LimitExceeded(String limit, String message) implements RunOutcome {
    @Override
    public int exitCode() {
      return 122;
    }
  }

  /** The policy refused the program. */
  record PolicyDenied(String message) implements RunOutcome {
    @Override
    public int exitCode() {
      return 126;
    }
  }

  /** The sandbox broke the rules of the channel and was destroyed. */
  record ProtocolViolation(String what) implements RunOutcome {
    @Override
    public int exitCode() {
      return 123;
    }

    @Override
    public String message() {
      return "the sandbox broke the channel's rules and was destroyed: " + what;
    }
  }

  /** The sandbox ended without a word. */
  record SandboxLost(String what) implements RunOutcome {
    @Override
    public int exitCode() {
      return 123;
    }

    @Override
    public String message() {
      return "the sandbox ended without a word: " + what;
    }
  }
}
