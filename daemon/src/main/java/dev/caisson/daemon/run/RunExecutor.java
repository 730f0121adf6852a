package dev.caisson.daemon.run;

import dev.caisson.daemon.model.RunReport;

/**
 * Carries out runs. One leaf does it; decorators add what is the same for every run.
 *
 * <p>The end of the user's code, whatever it is, is the report. An exception means that the request
 * was wrong or that we failed.
 */
@FunctionalInterface
public interface RunExecutor {

  /** Carries out one run on the calling thread and appends its events, but for the last one. */
  RunReport execute(Run run);
}
