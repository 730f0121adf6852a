package dev.caisson.daemon.policy;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import java.util.List;
import java.util.stream.Collectors;

/** What a policy says to the limits of a run. */
public sealed interface LimitDecision {

  /** The limits, or a request error that names every field that asked for too much. */
  EffectiveLimits orThrow();

  /** The run may start with these. */
  record Granted(EffectiveLimits limits) implements LimitDecision {
    @Override
    public EffectiveLimits orThrow() {
      return limits;
    }
  }

  /** The run asked for more than the policy gives. */
  record Refused(String policy, List<Excess> excesses) implements LimitDecision {

    public Refused {
      excesses = List.copyOf(excesses);
    }

    /**
     * One field out of its range.
     *
     * @param field as in the request: "limits.wall_time"
     * @param value as asked for
     * @param allowed the range and the policy's key
     */
    public record Excess(String field, String value, String allowed) {}

    public String message() {
      return excesses.stream()
          .map(e -> e.field() + " is " + e.value() + "; allowed is " + e.allowed())
          .collect(
              Collectors.joining(
                  "; ", "the run's limits are outside policy '" + policy + "': ", ""));
    }

    @Override
    public EffectiveLimits orThrow() {
      throw new SandboxException(ErrorCode.INVALID_REQUEST, message());
    }
  }
}
