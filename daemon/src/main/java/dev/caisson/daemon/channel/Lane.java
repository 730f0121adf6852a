package dev.caisson.daemon.channel;

/** A lane of flow control; the numbers are those of the specification. */
public enum Lane {
  WORKER_OUTPUT(1),
  SUPERVISOR_OUTPUT(2),
  WORKER_BOUND(3),
  STDIN(4);

  private final int number;

  Lane(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
