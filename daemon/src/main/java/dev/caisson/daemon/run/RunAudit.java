package dev.caisson.daemon.run;

/** Keeps account of the runs that were taken. */
@FunctionalInterface
public interface RunAudit {

  /**
   * A run is over. Called once for each, after its last event went out, because nobody should wait
   * for a log, on the thread that conducted it.
   */
  void ended(Run run, RunEvent last);
}
