package dev.caisson.daemon.runtime;

/**
 * Something that is so in a sandbox, beside what should be so.
 *
 * @param side who saw it: "host" or "inside"
 * @param name what it is: "sentry: seccomp of every thread"
 * @param expected what the policy and the design say; {@link #NOTHING} for what should not be there
 *     at all
 * @param seen what is there; {@link #NOTHING} when it is missing
 */
public record Fact(String side, String name, String expected, String seen) {

  public static final String NOTHING = "(nothing)";

  public boolean holds() {
    return expected.equals(seen);
  }

  /** One line of a report. */
  @Override
  public String toString() {
    return holds()
        ? "ok      %-6s %s: %s".formatted(side, name, seen)
        : "DIFFERS %-6s %s: expected %s, is %s".formatted(side, name, expected, seen);
  }
}
