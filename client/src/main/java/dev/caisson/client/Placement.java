package dev.caisson.client;

/** How the sandbox of a run came. */
public enum Placement {
  /** From the pool, ready before the run asked. */
  WARM,
  /** Created for this run, because the pool was empty. */
  COLD,
  /** The sandbox of the run's session. */
  SESSION,
  /** The daemon did not say. */
  UNKNOWN
}
