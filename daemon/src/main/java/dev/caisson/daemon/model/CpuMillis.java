package dev.caisson.daemon.model;

/** A share of CPU in thousandths of one core: 1000 is one core for as long as the sandbox runs. */
public record CpuMillis(int value) {

  public CpuMillis {
    if (value < 10 || value > 1_000_000) {
      throw new IllegalArgumentException(
          "a CPU share is 10 to 1000000 thousandths of a core, got " + value);
    }
  }

  @Override
  public String toString() {
    return value + "m";
  }
}
