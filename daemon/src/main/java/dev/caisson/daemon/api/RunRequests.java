package dev.caisson.daemon.api;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Approval;
import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.model.ToolAnswer;
import dev.caisson.daemon.model.WorkspacePath;
import dev.caisson.daemon.policy.RequestedLimits;
import dev.caisson.daemon.run.RunFiles;
import dev.caisson.daemon.run.RunSpec;
import dev.caisson.v1.ApprovalAnswer;
import dev.caisson.v1.RunLimits;
import dev.caisson.v1.StartRun;
import dev.caisson.v1.ToolFailure;
import dev.caisson.v1.ToolResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes our values of the messages of a run's caller, and refuses what breaks a documented rule.
 */
final class RunRequests {

  private static final ByteSize CODE = ByteSize.ofMebibytes(1);
  private static final ByteSize TEXTS = ByteSize.ofKibibytes(32);
  private static final int FILE_NAME = 255;
  private static final int ARGUMENTS = 256;
  private static final int REASON = 1 << 10;
  private static final int VARIABLES = 64;
  private static final int FAILURE_TEXT = 16 << 10;
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Set<String> OWN_VARIABLES = Set.of("HOME", "PATH", "LANG", "TZ", "USER");
  private static final List<String> OWN_PREFIXES = List.of("PYTHON", "LD_", "CAISSON_");

  private RunRequests() {}

  static RunSpec spec(StartRun start, Identity identity) {
    RunFiles files = RunFileRequests.files(start);
    return new RunSpec(
        identity,
        files.entryPoint().isPresent() ? RunFileRequests.program(files) : code(start.getCode()),
        files.entryPoint().map(WorkspacePath::text).or(() -> fileName(start.getFileName())),
        policy(start),
        limits(start.getLimits()),
        environment(start.getEnvironmentMap()),
        arguments(start.getArgumentsList()),
        start.getStdin(),
        Catalogues.fromProto(start.getTools()),
        start.getAnswersApprovals(),
        place(start),
        files);
  }

  /** A session has its policy already. */
  private static String policy(StartRun start) {
    return start.getPolicy().isEmpty() && start.getSession().isEmpty()
        ? "default"
        : start.getPolicy();
  }

  private static Optional<RunSpec.Place> place(StartRun start) {
    if (start.getSession().isEmpty()) {
      return Optional.empty();
    }
    boolean waits =
        switch (start.getIfBusy()) {
          case WAIT, IF_BUSY_UNSPECIFIED -> true;
          case REFUSE -> false;
          case UNRECOGNIZED ->
              throw invalid("if_busy", "is not a known value", "set WAIT or REFUSE");
        };
    return Optional.of(new RunSpec.Place(new SessionId(start.getSession()), waits));
  }

  static Approval approval(ApprovalAnswer answer) {
    String reason = answer.getReason();
    return new Approval(
        switch (answer.getDecision()) {
          case ALLOW -> Approval.Choice.ALLOW;
          case ALLOW_FOR_RUN -> Approval.Choice.ALLOW_FOR_RUN;
          case DENY -> Approval.Choice.DENY;
          case DECISION_UNSPECIFIED, UNRECOGNIZED ->
              throw invalid(
                  "approval_answer.decision", "is not set", "set ALLOW, ALLOW_FOR_RUN or DENY");
        },
        reason.length() > REASON ? reason.substring(0, REASON) : reason);
  }

  static ToolAnswer answer(ToolResult result) {
    return switch (result.getOutcomeCase()) {
      case VALUE_JSON -> new ToolAnswer.Value(result.getValueJson().toByteArray());
      case MCP_RESULT_JSON -> new ToolAnswer.McpResult(result.getMcpResultJson().toByteArray());
      case FAILURE -> failure(result.getFailure());
      case OUTCOME_NOT_SET ->
          throw invalid(
              "tool_result.outcome", "is not set", "set value_json, mcp_result_json or failure");
    };
  }

  private static ToolAnswer failure(ToolFailure failure) {
    ToolAnswer.Reason reason =
        switch (failure.getReason()) {
          case INVALID_ARGUMENTS -> ToolAnswer.Reason.INVALID_ARGUMENTS;
          case UNAVAILABLE -> ToolAnswer.Reason.UNAVAILABLE;
          case TIMED_OUT -> ToolAnswer.Reason.TIMED_OUT;
          case DENIED -> ToolAnswer.Reason.DENIED;
          case TOOL_ERROR, REASON_UNSPECIFIED, UNRECOGNIZED -> ToolAnswer.Reason.TOOL_ERROR;
        };
    String message = failure.getMessage();
    return new ToolAnswer.Failure(
        reason,
        message.length() > FAILURE_TEXT ? message.substring(0, FAILURE_TEXT) + " [cut]" : message);
  }

  static String code(String code) {
    int bytes = code.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0) {
      throw invalid("code", "is empty", "send 1 byte to " + CODE + " of Python source");
    }
    if (bytes > CODE.bytes()) {
      throw invalid("code", "has " + bytes + " bytes", "the limit is " + CODE);
    }
    return code;
  }

  private static Optional<String> fileName(String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (name.getBytes(StandardCharsets.UTF_8).length > FILE_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw invalid(
          "file_name",
          "is longer than 255 bytes or has control characters",
          "it is only shown in tracebacks; send a plain name");
    }
    return Optional.of(name);
  }

  private static RequestedLimits limits(RunLimits limits) {
    return new RequestedLimits(
        limits.hasWallTime()
            ? Optional.of(Durations.fromProto(limits.getWallTime()))
            : Optional.empty(),
        limits.hasCpuTime()
            ? Optional.of(Durations.fromProto(limits.getCpuTime()))
            : Optional.empty(),
        limits.hasOutputBytes() ? Optional.of(limits.getOutputBytes()) : Optional.empty(),
        limits.hasToolCalls()
            ? Optional.of(Integer.toUnsignedLong(limits.getToolCalls()))
            : Optional.empty(),
        limits.hasToolCallsInFlight()
            ? Optional.of(Integer.toUnsignedLong(limits.getToolCallsInFlight()))
            : Optional.empty(),
        new RequestedLimits.OfDisplays(
            limits.hasDisplays()
                ? Optional.of(Integer.toUnsignedLong(limits.getDisplays()))
                : Optional.empty(),
            limits.hasDisplayBytes() ? Optional.of(limits.getDisplayBytes()) : Optional.empty()),
        new RequestedLimits.OfOneCall(
            limits.hasToolArgumentBytes()
                ? Optional.of(limits.getToolArgumentBytes())
                : Optional.empty(),
            limits.hasToolResultBytes()
                ? Optional.of(limits.getToolResultBytes())
                : Optional.empty(),
            limits.hasToolCallTimeout()
                ? Optional.of(Durations.fromProto(limits.getToolCallTimeout()))
                : Optional.empty()),
        new RequestedLimits.OfNetwork(
            limits.hasNetworkConnections()
                ? Optional.of(Integer.toUnsignedLong(limits.getNetworkConnections()))
                : Optional.empty(),
            limits.hasNetworkConnectionsTotal()
                ? Optional.of(Integer.toUnsignedLong(limits.getNetworkConnectionsTotal()))
                : Optional.empty(),
            limits.hasNetworkBytes() ? Optional.of(limits.getNetworkBytes()) : Optional.empty(),
            limits.hasNetworkRate() ? Optional.of(limits.getNetworkRate()) : Optional.empty(),
            limits.hasNetworkIdleTimeout()
                ? Optional.of(Durations.fromProto(limits.getNetworkIdleTimeout()))
                : Optional.empty()));
  }

  private static Map<String, String> environment(Map<String, String> environment) {
    if (environment.size() > VARIABLES) {
      throw invalid(
          "environment", "has " + environment.size() + " variables", "the limit is " + VARIABLES);
    }
    environment.forEach((name, value) -> {
      if (!VARIABLE.matcher(name).matches()) {
        throw invalid(
            "environment", "has the name '" + name + "'", "names match " + VARIABLE.pattern());
      }
      if (OWN_VARIABLES.contains(name) || OWN_PREFIXES.stream().anyMatch(name::startsWith)) {
        throw invalid(
            "environment",
            "sets '" + name + "'",
            "the sandbox sets HOME, PATH, LANG, TZ and USER itself, and PYTHON*, LD_* and"
                + " CAISSON_* are not passed on");
      }
      if (value.indexOf('\0') >= 0) {
        throw invalid("environment", "has a NUL in '" + name + "'", "remove it");
      }
    });
    requireSize(
        "environment",
        environment.entrySet().stream()
            .mapToLong(e ->
                (long) e.getKey().length() + e.getValue().getBytes(StandardCharsets.UTF_8).length)
            .sum());
    return environment;
  }

  private static List<String> arguments(List<String> arguments) {
    if (arguments.size() > ARGUMENTS) {
      throw invalid("arguments", "has " + arguments.size() + " items", "the limit is " + ARGUMENTS);
    }
    requireSize(
        "arguments",
        arguments.stream().mapToLong(a -> a.getBytes(StandardCharsets.UTF_8).length).sum());
    return arguments;
  }

  private static void requireSize(String field, long bytes) {
    if (bytes > TEXTS.bytes()) {
      throw invalid(field, "has " + bytes + " bytes", "the limit is " + TEXTS + " in all");
    }
  }

  static SandboxException invalid(String field, String what, String allowed) {
    return new SandboxException(
        ErrorCode.INVALID_REQUEST, "%s %s; %s".formatted(field, what, allowed));
  }
}
