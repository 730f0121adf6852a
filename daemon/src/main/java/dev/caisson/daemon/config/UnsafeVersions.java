package dev.caisson.daemon.config;

/** What to do with a gVisor or an engine that is known to be unsafe. */
public enum UnsafeVersions {
  /** Do not serve. */
  REFUSE,
  /** Serve, and say at each start what is wrong. */
  ACCEPT
}
