package dev.caisson.client.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The processor time that the hypervisor gave to others while this machine wanted it ("steal" in
 * proc(5)), in ticks of 10 ms. A run during which it grew was slowed down by another machine, and
 * says nothing about this one. For one thread.
 */
final class StolenTime {

  private static final int STEAL = 8;

  private final Path stat;
  private final int most;
  private int leftOut;

  /**
   * @param stat {@code /proc/stat}, or what stands for it
   * @param most how many runs may be left out, so that a measurement ends on any machine
   */
  StolenTime(Path stat, int most) {
    this.stat = stat;
    this.most = most;
  }

  /** So much so far; 0 where nobody counts it. */
  long ticks() {
    try {
      List<String> fields = List.of(Files.readAllLines(stat).getFirst().split(" +"));
      return fields.size() > STEAL ? Long.parseLong(fields.get(STEAL)) : 0;
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  /** Whether a run that began at so many ticks is to be left out, which counts it. */
  boolean leavesOut(long begun) {
    if (leftOut == most || ticks() == begun) {
      return false;
    }
    leftOut++;
    return true;
  }

  int leftOut() {
    return leftOut;
  }
}
