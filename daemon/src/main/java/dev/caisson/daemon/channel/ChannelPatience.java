package dev.caisson.daemon.channel;

import java.time.Duration;

/**
 * How long a sandbox may keep others waiting. All of it is above zero.
 *
 * @param write without taking in a single frame, while there is one for it; then the channel ends,
 *     and the sandbox with it
 * @param step of a request about a file: until the agent's next word, or its room for more
 * @param turn of a request about a file, while as many are open as may be
 */
public record ChannelPatience(Duration write, Duration step, Duration turn) {

  public static final ChannelPatience DEFAULT =
      new ChannelPatience(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(5));

  public ChannelPatience {
    for (Duration each : new Duration[] {write, step, turn}) {
      if (!each.isPositive()) {
        throw new IllegalArgumentException("a patience of " + each + "; it has to be above zero");
      }
    }
  }
}
