package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.ToolAnswer;
import dev.caisson.daemon.policy.Decision;
import dev.caisson.daemon.policy.EffectiveLimits;
import dev.caisson.daemon.policy.RuleRef;
import dev.caisson.daemon.policy.ToolGrants;
import dev.caisson.daemon.policy.ToolLimit;
import dev.caisson.daemon.tools.PythonCatalogue;
import dev.caisson.daemon.tools.PythonServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Decides about each tool call of one run: whether the tool is there, the policy grants it, the
 * arguments fit, and its own count is not used up. Catalogue, grants and limits are those of the
 * run's start, whatever is loaded meanwhile.
 *
 * <p>Any thread; deciding takes bounded time, so the channel's reader may do it.
 */
final class CallDecision {

  /** What becomes of one call. */
  sealed interface Ruling {}

  /** It does not leave. */
  record Refused(ToolAnswer.Failure failure) implements Ruling {}

  /** It leaves as soon as these limits have a place. */
  record Granted(List<ToolLimit> limits) implements Ruling {}

  /** A person has to say yes first. */
  record ToBeAsked(RuleRef rule, List<ToolLimit> limits) implements Ruling {}

  /**
   * How long a call may wait for its answer.
   *
   * @param key who says so
   */
  record Patience(Duration time, String key) {}

  private final PythonCatalogue catalogue;
  private final EffectiveLimits limits;
  private final ToolGrants grants;
  private final boolean canAsk;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<ToolLimit, Integer> made = new HashMap<>();

  /**
   * @param canAsk whether the client of the run can ask a person
   */
  CallDecision(
      PythonCatalogue catalogue, EffectiveLimits limits, ToolGrants grants, boolean canAsk) {
    this.catalogue = catalogue;
    this.limits = limits;
    this.grants = grants;
    this.canAsk = canAsk;
  }

  EffectiveLimits limits() {
    return limits;
  }

  ToolGrants grants() {
    return grants;
  }

  /** Decides, and counts what is not refused. */
  Ruling of(String server, String tool, byte[] arguments) {
    Decision decision = grants.decide(server, tool);
    Optional<ToolAnswer.Failure> refusal =
        refusal(server, tool, decision).or(() -> unfit(server, tool, arguments));
    if (refusal.isPresent()) {
      return new Refused(refusal.get());
    }
    List<ToolLimit> ofTool = grants.limitsOf(server, tool);
    Optional<ToolAnswer.Failure> usedUp = ofTool.isEmpty() ? Optional.empty() : count(ofTool);
    if (usedUp.isPresent()) {
      return new Refused(usedUp.get());
    }
    return decision instanceof Decision.Asked(RuleRef rule)
        ? new ToBeAsked(rule, ofTool)
        : new Granted(ofTool);
  }

  /** What the code is told of a call that needed an approval and got none. */
  String notApproved(String server, String tool, String why) {
    return "%s needs a person's approval, and %s; decided by %s"
        .formatted(named(server, tool), why, grants.decide(server, tool).rule());
  }

  /** The shortest of the run's time and those of the tool. */
  Patience patience(List<ToolLimit> ofTool) {
    Patience patience = new Patience(limits.callTimeout(), "tools.call_timeout");
    for (ToolLimit limit : ofTool) {
      if (limit.timeout().isPresent() && limit.timeout().get().compareTo(patience.time()) < 0) {
        patience = new Patience(limit.timeout().get(), limit.rule().toString());
      }
    }
    return patience;
  }

  private Optional<ToolAnswer.Failure> refusal(String server, String tool, Decision decision) {
    Optional<String> unavailable =
        catalogue.find(server).map(PythonServer::unavailable).filter(why -> !why.isEmpty());
    if (unavailable.isPresent()) {
      return failure(ToolAnswer.Reason.UNAVAILABLE, unavailable.get());
    }
    if (!catalogue.has(server, tool)) {
      return failure(
          ToolAnswer.Reason.DENIED,
          "this run has no tool '%s' of server '%s'".formatted(cut(tool), cut(server)));
    }
    return switch (decision) {
      case Decision.Denied denied ->
          failure(ToolAnswer.Reason.DENIED, named(server, tool) + ": " + denied.message());
      case Decision.Asked asked when !canAsk ->
          failure(
              ToolAnswer.Reason.DENIED,
              notApproved(server, tool, "the client of this run cannot ask anybody"));
      case Decision.Asked asked -> Optional.empty();
      case Decision.Allowed allowed -> Optional.empty();
    };
  }

  private Optional<ToolAnswer.Failure> unfit(String server, String tool, byte[] arguments) {
    if (arguments.length > limits.argumentBytes().bytes()) {
      return failure(
          ToolAnswer.Reason.LIMIT,
          "the arguments have %s; the limit is %s (tools.argument_bytes)"
              .formatted(new ByteSize(arguments.length), limits.argumentBytes()));
    }
    return catalogue
        .argumentFault(server, tool, arguments)
        .flatMap(fault -> failure(ToolAnswer.Reason.INVALID_ARGUMENTS, fault));
  }

  /** Takes one of each count, or none when one is used up. */
  private Optional<ToolAnswer.Failure> count(List<ToolLimit> ofTool) {
    lock.lock();
    try {
      for (ToolLimit limit : ofTool) {
        if (limit.calls().isPresent() && made.getOrDefault(limit, 0) >= limit.calls().getAsInt()) {
          return failure(
              ToolAnswer.Reason.LIMIT,
              "this run has made its %d calls of %s; decided by %s"
                  .formatted(limit.calls().getAsInt(), limit.pattern(), limit.rule()));
        }
      }
      for (ToolLimit limit : ofTool) {
        made.merge(limit, 1, Integer::sum);
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private static String cut(String name) {
    return name.length() <= 256 ? name : name.substring(0, 256) + "…";
  }

  private static String named(String server, String tool) {
    return "the tool '%s' of server '%s'".formatted(tool, server);
  }

  private static Optional<ToolAnswer.Failure> failure(ToolAnswer.Reason reason, String message) {
    return Optional.of(new ToolAnswer.Failure(reason, message));
  }
}
