package dev.caisson.daemon.model;

/** Names one run. Random, at least 128 bits, so that knowing one id tells nothing of another. */
public record RunId(String value) {

  public RunId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a run id must not be blank");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
