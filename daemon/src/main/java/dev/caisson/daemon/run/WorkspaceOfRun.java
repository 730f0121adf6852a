package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.AgentFiles;
import dev.caisson.daemon.channel.FileTask;
import dev.caisson.daemon.channel.FileWriting;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.OutputStreamName;
import dev.caisson.daemon.model.Ticker;
import java.time.Duration;

/**
 * What happens to the files of a run before its program and after it. Each of the two has one
 * deadline, and ends when the run is cancelled.
 *
 * <p>Threads: for the one that conducts the run, which is never interrupted here: that would close
 * the connection to the sandbox.
 */
final class WorkspaceOfRun {

  private final Run run;
  private final RunFiles files;
  private final AgentFiles workspace;
  private final Ticker ticker;
  private final RunFilePatience patience;
  private final PrintedPaths printed = new PrintedPaths();
  private final OutputFiles outputs;

  WorkspaceOfRun(Run run, AgentFiles workspace, Ticker ticker, RunFilePatience patience) {
    this.run = run;
    this.files = run.spec().files();
    this.workspace = workspace;
    this.ticker = ticker;
    this.patience = patience;
    this.outputs = new OutputFiles(files.wanted(), printed, run.events(), patience.reader());
  }

  /** Brings the files, and notes what there is when what changes is wanted. */
  void prepare() {
    if (files.brought().isEmpty() && !files.wanted().changed()) {
      return;
    }
    AgentFiles during =
        within(
            patience.before(), "the files of the run were not in the sandbox after %s; try again");
    files.brought().forEach(file -> bring(file, during));
    outputs.begin(during);
    // One that was cancelled after its last request must not start a program.
    during.requireGoingOn();
  }

  /** What does not fit is an error of the request. */
  private static void bring(RunFiles.Brought file, AgentFiles during) {
    try (FileWriting writing =
        during.write(file.path(), AgentFiles.IfExists.REPLACE, AgentFiles.Parents.MAKE)) {
      writing.write(file.content());
      var unused = writing.finish();
    }
  }

  /** Takes a piece of output that the caller gets; it may name files. Any thread. */
  void printed(OutputStreamName stream, byte[] piece) {
    if (files.wanted().printed()) {
      printed.add(stream, piece);
    }
  }

  /** Whether files may have to be sent. */
  boolean mayGiveBack() {
    return files.wanted().changed()
        || !files.wanted().patterns().isEmpty()
        || (files.wanted().printed() && printed.hasNames());
  }

  /** Sends the files that are wanted. */
  void giveBack() throws InterruptedException {
    outputs.send(
        within(patience.after(), "they took more than %s; ask for fewer, or read them faster"));
  }

  private AgentFiles within(Duration most, String late) {
    FileTask task =
        new FileTask(Deadline.after(most, ticker), late.formatted(DurationText.of(most)));
    run.whenCancelled(reason ->
        task.cancel(
            new SandboxException(
                ErrorCode.FAILED_PRECONDITION, "the run was cancelled: " + reason)));
    return workspace.during(task);
  }
}
