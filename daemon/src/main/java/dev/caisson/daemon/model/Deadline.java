package dev.caisson.daemon.model;

import java.time.Duration;

/**
 * A moment by which something must be over, passed along as a value so that every step of a chain
 * shares what is left of the same time.
 */
public record Deadline(Ticker ticker, long nanos) {

  /** The moment {@code duration} from now. */
  public static Deadline after(Duration duration, Ticker ticker) {
    return new Deadline(ticker, ticker.nanos() + duration.toNanos());
  }

  /** The moment {@code duration} from now by the machine's own clock. */
  public static Deadline after(Duration duration) {
    return after(duration, Ticker.SYSTEM);
  }

  /** What is left; zero, never negative, once it has passed. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, nanos - ticker.nanos()));
  }

  public boolean passed() {
    return nanos - ticker.nanos() <= 0;
  }
}
