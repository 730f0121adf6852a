package dev.caisson.daemon.posture;

import dev.caisson.daemon.runtime.Fact;
import java.util.List;
import java.util.stream.Collectors;

/** What was found of one sandbox. */
public record PostureReport(List<Fact> facts) {

  public PostureReport {
    facts = List.copyOf(facts);
    if (facts.isEmpty()) {
      throw new IllegalArgumentException("a report without facts proves nothing");
    }
  }

  /** True when everything is as it should be. */
  public boolean holds() {
    return facts.stream().allMatch(Fact::holds);
  }

  /** What is not as it should be, a line each. */
  public String differences() {
    return facts.stream()
        .filter(fact -> !fact.holds())
        .map(Fact::toString)
        .collect(Collectors.joining("\n"));
  }

  /** All of it, a line each. */
  @Override
  public String toString() {
    return facts.stream().map(Fact::toString).collect(Collectors.joining("\n"));
  }
}
