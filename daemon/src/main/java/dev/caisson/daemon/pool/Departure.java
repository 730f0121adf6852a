package dev.caisson.daemon.pool;

import java.util.Locale;

/** Why a sandbox left. Each leaves once, for one reason. */
public enum Departure {
  /** Its lease was closed: it has run a tenant's code and is never used again. */
  RUN_ENDED,
  /** Its lease was closed because it broke the rules of the channel. */
  VIOLATION,
  /** Its lease was closed because it died on its own. */
  LOST,
  /** The runtime could not create it. Nothing of it was there to destroy. */
  CREATION_FAILED,
  /** It was created and its agent did not become ready. */
  NEVER_READY,
  /** It gave no sign of life when it was asked while idle. */
  HEALTH_CHECK,
  /** It was found dead when somebody claimed it. */
  FOUND_DEAD,
  /** More were warm than the pool wants, because claims were given up while it was created. */
  SURPLUS,
  /** The pool is closing. */
  DRAINED;

  /** As it is shown to people and counted in metrics. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
