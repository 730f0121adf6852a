package dev.caisson.daemon.runtime.docker;

/**
 * What a sandbox counts when sandboxes want more CPU than there is.
 *
 * <p>One is made whenever one was used up, and that keeps a core busy for a good part of a second.
 * With the weight of the others it held up the runs beside it for tens of milliseconds, and a
 * tenant whose sandboxes die as fast as they are made did so all the time.
 */
enum CpuWeight {
  WHILE_MADE(64, 6),
  /** What the kernel gives to all. */
  READY(1_024, 100);

  private final int version1;
  private final int version2;

  CpuWeight(int version1, int version2) {
    this.version1 = version1;
    this.version2 = version2;
  }

  /** As {@code cpu.shares} has it. */
  String shares() {
    return Integer.toString(version1);
  }

  /** As {@code cpu.weight} has it. */
  String weight() {
    return Integer.toString(version2);
  }
}
