package dev.caisson.daemon.policy;

import java.util.Locale;

/** A {@link Decision} without its reasons. */
public enum Verdict {
  ALLOWED,
  DENIED,
  /** A person is asked, each time. */
  ASK;

  /** "allowed", "denied" or "ask". */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
