package dev.caisson.daemon.policy;

import dev.caisson.daemon.model.ByteSize;

/**
 * How much a run may show beside its output.
 *
 * @param count output.displays: displays delivered
 * @param bytes output.display_bytes: data of all of them together
 */
public record DisplayLimits(int count, ByteSize bytes) {

  public DisplayLimits {
    if (count < 0) {
      throw new IllegalArgumentException("displays cannot be negative, got " + count);
    }
  }
}
