package dev.caisson.daemon.egress;

import dev.caisson.daemon.model.ByteSize;
import java.util.concurrent.TimeUnit;

/**
 * So many bytes a second: a second's worth may go at once, from then on it takes the time that the
 * rate says. Knows no clock and waits for nothing; whoever uses it keeps others out meanwhile.
 */
final class Rate {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long bytesEachSecond;

  /** Until when everything that went is paid for, in nanoseconds of the user's clock. */
  private long paidUntil;

  Rate(ByteSize eachSecond, long now) {
    this.bytesEachSecond = eachSecond.bytes();
    this.paidUntil = now - SECOND;
  }

  /** When so many more bytes may go; what lies in the past may go at once. */
  long due(int bytes, long now) {
    long price = (long) (bytes * (double) SECOND / bytesEachSecond);
    paidUntil = Math.max(paidUntil, now - SECOND) + price;
    return paidUntil;
  }
}
