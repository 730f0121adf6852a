package dev.caisson.daemon.run;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.RunReport;
import java.util.Optional;

/** Sandboxes that outlive a run: those of sessions. */
@FunctionalInterface
public interface KeptSandboxes {

  /** Of an executor whose runs have sandboxes of their own. */
  KeptSandboxes NONE =
      (run, place, deadline) -> {
        throw new SandboxException(ErrorCode.NOT_FOUND, "there are no sessions here");
      };

  /**
   * Waits for the run's turn in its session, which lasts until what is given back is closed.
   *
   * @param place the session of the run's caller
   * @throws SandboxException NOT_FOUND when there is no such session, FAILED_PRECONDITION when it
   *     has lost its sandbox, or is busy and the run does not wait
   */
  Turn enter(Run run, RunSpec.Place place, Deadline deadline) throws InterruptedException;

  /** The sandbox for one run. Closing ends the turn; the sandbox stays. */
  interface Turn extends Sandboxes.Leased {

    /** The name of the session's policy. */
    String policy();

    /** How many runs the session has had, with this one. */
    int number();

    /** Why the names of the session are gone since the last run, if they are. */
    Optional<String> lost();

    /** How the run ended; before the end of the turn. */
    void ended(RunReport report);
  }
}
