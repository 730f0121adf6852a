package dev.caisson.daemon.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.caisson.daemon.model.MimeBundle;
import dev.caisson.daemon.model.OutputStreamName;
import dev.caisson.daemon.model.RunError;
import dev.caisson.daemon.model.RunOutcome;
import dev.caisson.daemon.model.RunReport;
import dev.caisson.daemon.model.RunUsage;
import dev.caisson.daemon.model.RunValue;
import dev.caisson.daemon.run.FilePart;
import dev.caisson.daemon.run.Run;
import dev.caisson.daemon.run.RunEvent;
import dev.caisson.daemon.run.RunEventLog;
import dev.caisson.v1.ApprovalRequest;
import dev.caisson.v1.MimePart;
import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunDisplay;
import dev.caisson.v1.RunException;
import dev.caisson.v1.RunFilePart;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunFinished.Outcome;
import dev.caisson.v1.RunOutput;
import dev.caisson.v1.RunResponse;
import dev.caisson.v1.ToolCall;
import dev.caisson.v1.ToolCallCancelled;
import dev.caisson.v1.Usage;

/** The events of a run on the wire. */
final class RunEvents {

  private RunEvents() {}

  static RunResponse toProto(Run run, RunEventLog.Entry entry) {
    RunResponse.Builder response = RunResponse.newBuilder().setSequence(entry.sequence());
    switch (entry.event()) {
      case RunEvent.Accepted accepted -> response.setAccepted(accepted(run, accepted));
      case RunEvent.Output(OutputStreamName stream, byte[] data, Runnable taken) ->
          // The array is ours alone and never written again, so it need not be copied.
          response.setOutput(
              RunOutput.newBuilder()
                  .setStream(
                      switch (stream) {
                        case STDOUT -> RunOutput.Stream.STDOUT;
                        case STDERR -> RunOutput.Stream.STDERR;
                      })
                  .setData(UnsafeByteOperations.unsafeWrap(data)));
      case RunEvent.Displayed(MimeBundle shown) ->
          response.setDisplay(RunDisplay.newBuilder().setBundle(bundle(shown)));
      case RunEvent.OfFile(FilePart part, Runnable taken) -> response.setFile(file(part));
      case RunEvent.ToolCalled(String id, String server, String tool, byte[] arguments) ->
          response.setToolCall(
              ToolCall.newBuilder()
                  .setCallId(id)
                  .setServer(server)
                  .setTool(tool)
                  .setArgumentsJson(UnsafeByteOperations.unsafeWrap(arguments)));
      case RunEvent.ApprovalAsked asked -> response.setApprovalRequest(approval(asked));
      case RunEvent.ToolCallWithdrawn(String id, String reason) ->
          response.setToolCallCancelled(
              ToolCallCancelled.newBuilder().setCallId(id).setReason(reason));
      case RunEvent.Finished(RunReport report) -> response.setFinished(finished(report));
      case RunEvent.Failed(var error) ->
          throw new IllegalArgumentException("a failure is a status, not an event", error);
    }
    return response.build();
  }

  private static RunFilePart file(FilePart part) {
    RunFilePart.Builder file = RunFilePart.newBuilder();
    switch (part) {
      case FilePart.Begun(var entry) -> file.setEntry(FileEndpoint.toProto(entry));
      case FilePart.Data(byte[] bytes) -> file.setData(UnsafeByteOperations.unsafeWrap(bytes));
      case FilePart.Ended(var end) -> file.setEnd(FileEndpoint.toProto(end));
      case FilePart.LeftOut(int files, String why) ->
          file.setLeftOut(RunFilePart.LeftOut.newBuilder().setFiles(files).setWhy(why));
    }
    return file.build();
  }

  private static ApprovalRequest approval(RunEvent.ApprovalAsked asked) {
    return ApprovalRequest.newBuilder()
        .setCallId(asked.callId())
        .setServer(asked.server())
        .setTool(asked.tool())
        .setArgumentsJson(UnsafeByteOperations.unsafeWrap(asked.arguments()))
        .setRule(asked.rule())
        .setPatience(Durations.toProto(asked.patience()))
        .build();
  }

  private static RunAccepted accepted(Run run, RunEvent.Accepted event) {
    return RunAccepted.newBuilder()
        .setRunId(run.id().value())
        .setPolicy(event.policy())
        .setSandboxId(event.sandbox().value())
        .setPlacement(
            switch (event.placement()) {
              case WARM -> RunAccepted.Placement.WARM;
              case COLD -> RunAccepted.Placement.COLD;
              case SESSION -> RunAccepted.Placement.SESSION;
            })
        .setQueueTime(Durations.toProto(event.queueTime()))
        .setWallTime(Durations.toProto(event.wallTime()))
        .setStateLost(event.stateLost().orElse(""))
        .build();
  }

  private static RunFinished finished(RunReport report) {
    RunOutcome outcome = report.outcome();
    RunFinished.Builder finished =
        RunFinished.newBuilder()
            .setMessage(outcome.message())
            .setExitCode(outcome.exitCode())
            .setUsage(usage(report.usage()))
            .setOutputBytesDropped(report.usage().outputBytesDropped())
            .setDisplaysDropped(report.usage().displaysDropped());
    switch (outcome) {
      case RunOutcome.Succeeded(var value) -> {
        finished.setOutcome(Outcome.SUCCEEDED);
        value.ifPresent(v -> finished.setValue(value(v)));
      }
      case RunOutcome.Raised(RunError error, String _) ->
          finished.setOutcome(Outcome.FAILED).setException(exception(error));
      case RunOutcome.Exited e -> finished.setOutcome(Outcome.FAILED);
      case RunOutcome.InterpreterExited e -> finished.setOutcome(Outcome.FAILED);
      case RunOutcome.Signalled(int signal) ->
          finished.setOutcome(Outcome.FAILED).setSignal(signal);
      case RunOutcome.TimedOut t -> finished.setOutcome(Outcome.TIMED_OUT).setLimit("time.wall");
      case RunOutcome.Cancelled c -> finished.setOutcome(Outcome.CANCELLED);
      case RunOutcome.OutOfMemory o ->
          finished.setOutcome(Outcome.OUT_OF_MEMORY).setLimit("sandbox.memory");
      case RunOutcome.LimitExceeded(String limit, String message) ->
          finished.setOutcome(Outcome.LIMIT_EXCEEDED).setLimit(limit);
      case RunOutcome.PolicyDenied p -> finished.setOutcome(Outcome.POLICY_DENIED);
      case RunOutcome.ProtocolViolation p -> finished.setOutcome(Outcome.PROTOCOL_VIOLATION);
      case RunOutcome.SandboxLost s -> finished.setOutcome(Outcome.SANDBOX_LOST);
    }
    return finished.build();
  }

  private static dev.caisson.v1.RunValue value(RunValue value) {
    dev.caisson.v1.RunValue.Builder builder =
        dev.caisson.v1.RunValue.newBuilder()
            .setRepr(value.repr())
            .setReprCut(value.cut())
            .setJson(ByteString.copyFrom(value.json()));
    if (!value.forms().parts().isEmpty()) {
      builder.setBundle(bundle(value.forms()));
    }
    return builder.build();
  }

  /** The arrays are ours alone and never written again, so they need not be copied. */
  private static dev.caisson.v1.MimeBundle bundle(MimeBundle bundle) {
    dev.caisson.v1.MimeBundle.Builder builder = dev.caisson.v1.MimeBundle.newBuilder();
    for (MimeBundle.Part part : bundle.parts()) {
      builder.addParts(
          MimePart.newBuilder()
              .setMimeType(part.mimeType())
              .setData(UnsafeByteOperations.unsafeWrap(part.data()))
              .setMetadataJson(UnsafeByteOperations.unsafeWrap(part.metadata())));
    }
    return builder.build();
  }

  private static RunException exception(RunError error) {
    RunError.Details details = error.details();
    RunException.Builder builder =
        RunException.newBuilder()
            .setType(error.type())
            .setMessage(error.message())
            .setTraceback(error.traceback())
            .addAllFrames(details.frames().stream().map(RunEvents::frame).toList())
            .setFramesLeftOut(details.framesLeftOut())
            .addAllNotes(details.notes())
            .addAllSuggestions(details.suggestions())
            .addAllExceptions(details.exceptions().stream().map(RunEvents::exception).toList())
            .setExceptionsLeftOut(details.exceptionsLeftOut());
    details.place().ifPresent(place -> builder.setSyntax(syntax(place)));
    details.cause().ifPresent(cause -> builder.setCause(exception(cause)));
    details.context().ifPresent(context -> builder.setContext(exception(context)));
    return builder.build();
  }

  private static RunException.Frame frame(RunError.Frame frame) {
    return RunException.Frame.newBuilder()
        .setFile(frame.file())
        .setLine(frame.line())
        .setFunction(frame.function())
        .setSource(frame.source())
        .build();
  }

  private static RunException.SyntaxPlace syntax(RunError.Place place) {
    return RunException.SyntaxPlace.newBuilder()
        .setFile(place.file())
        .setLine(place.line())
        .setColumn(place.column())
        .setEndLine(place.endLine())
        .setEndColumn(place.endColumn())
        .setSource(place.source())
        .build();
  }

  static Usage usage(RunUsage usage) {
    Usage.Builder builder =
        Usage.newBuilder()
            .setWallTime(Durations.toProto(usage.wallTime()))
            .setMemoryPeakBytes(usage.memoryPeak().bytes())
            .setOutputBytes(usage.outputBytes())
            .setToolCalls(usage.toolCalls());
    usage.cpuTime().ifPresent(cpu -> builder.setCpuTime(Durations.toProto(cpu)));
    return builder.build();
  }
}
