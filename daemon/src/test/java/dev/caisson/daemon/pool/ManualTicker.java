package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that moves when the test says so. */
final class ManualTicker implements Ticker {

  private final AtomicLong now = new AtomicLong();

  void advance(Duration by) {
    now.addAndGet(by.toNanos());
  }

  @Override
  public long nanos() {
    return now.get();
  }
}
