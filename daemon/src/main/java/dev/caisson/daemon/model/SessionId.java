package dev.caisson.daemon.model;

/**
 * Names one session. Random, at least 128 bits, so that knowing one id tells nothing of another.
 */
public record SessionId(String value) {

  public SessionId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a session id must not be blank");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
