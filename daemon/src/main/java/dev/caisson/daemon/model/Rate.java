package dev.caisson.daemon.model;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * So many bytes a second: what silence has saved up may go at once, from then on it takes the time
 * that the rate says. Knows no clock and waits for nothing; whoever uses it keeps others out
 * meanwhile.
 */
public final class Rate {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long bytesEachSecond;
  private final long saved;

  /** Until when everything that went is paid for, in nanoseconds of the user's clock. */
  private long paidUntil;

  /**
   * @param saved for how long silence saves up
   */
  public Rate(ByteSize eachSecond, Duration saved, long now) {
    this.bytesEachSecond = eachSecond.bytes();
    this.saved = saved.toNanos();
    this.paidUntil = now - this.saved;
  }

  /** When so many more bytes may go; what lies in the past may go at once. */
  public long due(int bytes, long now) {
    long price = (long) (bytes * (double) SECOND / bytesEachSecond);
    paidUntil = Math.max(paidUntil, now - saved) + price;
    return paidUntil;
  }
}
