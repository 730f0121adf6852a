package dev.caisson.daemon.model;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that moves when the test says so. */
public final class ManualTicker implements Ticker {

  private final AtomicLong now = new AtomicLong();

  public void advance(Duration by) {
    now.addAndGet(by.toNanos());
  }

  @Override
  public long nanos() {
    return now.get();
  }
}
