package dev.caisson.daemon.channel;

import dev.caisson.daemon.model.CodeFinding;
import dev.caisson.daemon.model.RunError;
import dev.caisson.daemon.model.RunValue;
import java.util.List;
import java.util.Optional;

/** How the agent says that the program ended. Its word only: the daemon decides the outcome. */
public sealed interface ProgramEnd {

  /** The main code came to its end. */
  record Completed(Optional<RunValue> value) implements ProgramEnd {}

  /** SystemExit. */
  record Exited(int status, String text) implements ProgramEnd {}

  /** An exception. */
  record Raised(RunError error) implements ProgramEnd {}

  /** The policy's rules about code refuse it; nothing of it ran. */
  record Refused(List<CodeFinding> findings) implements ProgramEnd {

    public Refused {
      findings = List.copyOf(findings);
    }
  }

  /** The worker process ended by itself with this status. */
  record WorkerExited(int status) implements ProgramEnd {}

  /** A signal ended the worker process. */
  record WorkerSignalled(int signal) implements ProgramEnd {}

  /** The supervisor killed the worker because we asked for it. */
  record WorkerKilled() implements ProgramEnd {}

  /** The worker closed its end of the channel and was killed for it. */
  record ChannelClosedByWorker() implements ProgramEnd {}
}
