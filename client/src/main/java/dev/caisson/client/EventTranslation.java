package dev.caisson.client;

import com.google.protobuf.Duration;
import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunException;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunOutput;
import dev.caisson.v1.RunValue;
import java.util.Optional;

/** Makes the public records of the daemon's messages. */
final class EventTranslation {

  private EventTranslation() {}

  static Acceptance acceptance(RunAccepted accepted) {
    Placement placement =
        switch (accepted.getPlacement()) {
          case WARM -> Placement.WARM;
          case COLD -> Placement.COLD;
          case SESSION -> Placement.SESSION;
          case PLACEMENT_UNSPECIFIED, UNRECOGNIZED -> Placement.UNKNOWN;
        };
    return new Acceptance(
        accepted.getRunId(),
        accepted.getPolicy(),
        placement,
        duration(accepted.getQueueTime()),
        duration(accepted.getWallTime()),
        accepted.getSandboxId(),
        accepted.getStateLost());
  }

  static OutputStreamName stream(RunOutput.Stream stream) {
    return switch (stream) {
      case STDOUT -> OutputStreamName.STDOUT;
      case STDERR -> OutputStreamName.STDERR;
      case STREAM_UNSPECIFIED, UNRECOGNIZED ->
          throw broken("output came on the unknown stream " + stream);
    };
  }

  static ToolCall toolCall(dev.caisson.v1.ToolCall call) {
    return new ToolCall(
        call.getCallId(), call.getServer(), call.getTool(), call.getArgumentsJson().toStringUtf8());
  }

  static ApprovalRequest approval(dev.caisson.v1.ApprovalRequest request) {
    return new ApprovalRequest(
        request.getCallId(),
        request.getServer(),
        request.getTool(),
        request.getArgumentsJson().toStringUtf8(),
        request.getRule(),
        duration(request.getPatience()));
  }

  static RunResult result(Acceptance acceptance, RunFinished finished) {
    return new RunResult(
        acceptance,
        outcome(finished.getOutcome()),
        finished.getMessage(),
        finished.getLimit(),
        finished.getExitCode(),
        finished.getSignal(),
        finished.hasValue() ? Optional.of(value(finished.getValue())) : Optional.empty(),
        finished.hasException()
            ? Optional.of(exception(finished.getException()))
            : Optional.empty(),
        usage(finished.getUsage()),
        finished.getOutputBytesDropped(),
        finished.getDisplaysDropped());
  }

  static CaissonException broken(String what) {
    return new CaissonException(
        CaissonException.CONTRACT_BROKEN,
        "the daemon broke the contract of Run: " + what,
        "use the client and the daemon of the same version (`caisson --version` shows both)");
  }

  private static Outcome outcome(RunFinished.Outcome outcome) {
    return switch (outcome) {
      case SUCCEEDED -> Outcome.SUCCEEDED;
      case FAILED -> Outcome.FAILED;
      case TIMED_OUT -> Outcome.TIMED_OUT;
      case CANCELLED -> Outcome.CANCELLED;
      case OUT_OF_MEMORY -> Outcome.OUT_OF_MEMORY;
      case LIMIT_EXCEEDED -> Outcome.LIMIT_EXCEEDED;
      case POLICY_DENIED -> Outcome.POLICY_DENIED;
      case PROTOCOL_VIOLATION -> Outcome.PROTOCOL_VIOLATION;
      case SANDBOX_LOST -> Outcome.SANDBOX_LOST;
      case OUTCOME_UNSPECIFIED, UNRECOGNIZED ->
          throw broken("the run ended with the unknown outcome " + outcome);
    };
  }

  private static RunResult.Value value(RunValue value) {
    return new RunResult.Value(
        value.getRepr(),
        value.getReprCut(),
        Optional.of(value.getJson().toStringUtf8()).filter(json -> !json.isEmpty()),
        bundle(value.getBundle()));
  }

  static MimeBundle bundle(dev.caisson.v1.MimeBundle bundle) {
    return new MimeBundle(
        bundle.getPartsList().stream()
            .map(part ->
                new MimeBundle.Part(
                    part.getMimeType(),
                    part.getData().toByteArray(),
                    Optional.of(part.getMetadataJson().toStringUtf8())
                        .filter(json -> !json.isEmpty())))
            .toList());
  }

  private static RunResult.PythonException exception(RunException exception) {
    return new RunResult.PythonException(
        exception.getType(),
        exception.getMessage(),
        exception.getTraceback(),
        exception.getFramesList().stream().map(EventTranslation::frame).toList(),
        exception.getFramesLeftOut(),
        exception.getNotesList(),
        exception.getSuggestionsList(),
        exception.hasSyntax() ? Optional.of(syntax(exception.getSyntax())) : Optional.empty(),
        exception.hasCause() ? Optional.of(exception(exception.getCause())) : Optional.empty(),
        exception.hasContext() ? Optional.of(exception(exception.getContext())) : Optional.empty(),
        exception.getExceptionsList().stream().map(EventTranslation::exception).toList(),
        exception.getExceptionsLeftOut());
  }

  private static RunResult.Frame frame(RunException.Frame frame) {
    return new RunResult.Frame(
        frame.getFile(), frame.getLine(), frame.getFunction(), frame.getSource());
  }

  private static RunResult.SyntaxPlace syntax(RunException.SyntaxPlace place) {
    return new RunResult.SyntaxPlace(
        place.getFile(),
        place.getLine(),
        place.getColumn(),
        place.getEndLine(),
        place.getEndColumn(),
        place.getSource());
  }

  private static RunResult.Usage usage(dev.caisson.v1.Usage usage) {
    return new RunResult.Usage(
        duration(usage.getWallTime()),
        usage.hasCpuTime() ? Optional.of(duration(usage.getCpuTime())) : Optional.empty(),
        usage.getMemoryPeakBytes(),
        usage.getOutputBytes(),
        usage.getToolCalls());
  }

  private static java.time.Duration duration(Duration duration) {
    return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }
}
