package dev.caisson.daemon.model;

/** A monotonic clock. Handed in by constructor, so that tests decide what time it is. */
@FunctionalInterface
public interface Ticker {

  /** The clock of this machine; does not jump with the wall clock. */
  Ticker SYSTEM = System::nanoTime;

  /** Nanoseconds since an arbitrary origin; only differences mean anything. */
  long nanos();
}
