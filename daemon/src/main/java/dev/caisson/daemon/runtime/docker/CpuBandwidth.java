package dev.caisson.daemon.runtime.docker;

import dev.caisson.daemon.model.CpuMillis;

/**
 * A share of CPU as the kernel hands it out: so much time in each period, and then nothing until
 * the next.
 *
 * <p>The period is a tenth of what Docker would choose. A sandbox that spins in many threads uses
 * up its time on all cores at once, and every other run waits for that long; with 100 ms it is 50
 * ms on two cores. Shorter still would come near the 5 ms that the kernel gives a core at once.
 *
 * @param quotaMicros the time in each period
 * @param periodMicros how long a period is
 */
record CpuBandwidth(long quotaMicros, long periodMicros) {

  private static final long PERIOD_MICROS = 10_000;

  /** The kernel refuses less. */
  private static final long LEAST_QUOTA_MICROS = 1_000;

  static CpuBandwidth of(CpuMillis share) {
    long period = Math.max(PERIOD_MICROS, Math.ceilDiv(LEAST_QUOTA_MICROS * 1_000, share.value()));
    return new CpuBandwidth(share.value() * period / 1_000, period);
  }
}
