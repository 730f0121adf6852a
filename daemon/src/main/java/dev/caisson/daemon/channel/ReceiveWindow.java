package dev.caisson.daemon.channel;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The credit that the agent may spend on one lane towards us. Bytes past it are a violation: an
 * honest agent stops. Credit goes back in steps, so that small pieces of output do not cost a frame
 * each.
 */
final class ReceiveWindow {

  private final String lane;
  private final long size;
  private final AtomicLong outstanding = new AtomicLong();
  private final AtomicLong consumed = new AtomicLong();

  ReceiveWindow(String lane, long size) {
    this.lane = lane;
    this.size = size;
  }

  void received(int bytes) {
    if (outstanding.addAndGet(bytes) > size) {
      throw Violation.of("more than the window of %d bytes on the %s lane".formatted(size, lane));
    }
  }

  /** Notes that {@code bytes} left us; gives the credit to send now, 0 for none yet. */
  long consumed(int bytes) {
    if (consumed.addAndGet(bytes) < size / 4) {
      return 0;
    }
    long credit = consumed.getAndSet(0);
    outstanding.addAndGet(-credit);
    return credit;
  }
}
