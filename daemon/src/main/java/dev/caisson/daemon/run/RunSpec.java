package dev.caisson.daemon.run;

import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.model.ToolCatalogue;
import dev.caisson.daemon.policy.RequestedLimits;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a caller wants to have run. Checked for form by whoever made it; whether the policy allows
 * it is decided when the run is planned.
 *
 * @param fileName what tracebacks call the program
 * @param policy the name of a policy
 * @param stdin whether the caller will send standard input
 * @param approvals whether the caller can ask a person about tool calls
 * @param place the session that the run belongs to; empty when it has a sandbox of its own
 * @param files what is brought and what comes back
 */
public record RunSpec(
    Identity identity,
    String code,
    Optional<String> fileName,
    String policy,
    RequestedLimits limits,
    Map<String, String> environment,
    List<String> arguments,
    boolean stdin,
    ToolCatalogue tools,
    boolean approvals,
    Optional<Place> place,
    RunFiles files) {

  /** A session, and whether the run waits for its turn in it. */
  public record Place(SessionId session, boolean waits) {}

  /** A run without files. */
  public RunSpec(
      Identity identity,
      String code,
      Optional<String> fileName,
      String policy,
      RequestedLimits limits,
      Map<String, String> environment,
      List<String> arguments,
      boolean stdin,
      ToolCatalogue tools,
      boolean approvals,
      Optional<Place> place) {
    this(
        identity,
        code,
        fileName,
        policy,
        limits,
        environment,
        arguments,
        stdin,
        tools,
        approvals,
        place,
        RunFiles.NONE);
  }

  public RunSpec {
    environment = Map.copyOf(environment);
    arguments = List.copyOf(arguments);
  }
}
