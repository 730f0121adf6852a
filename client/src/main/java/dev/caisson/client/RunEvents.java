package dev.caisson.client;

import dev.caisson.v1.RunAccepted;
import dev.caisson.v1.RunFinished;
import dev.caisson.v1.RunOutput;
import dev.caisson.v1.RunResponse;
import java.util.Optional;

/**
 * Follows one run from its first event to its last, on one thread: checks that they keep the order
 * of the contract and hands each to the listener.
 */
final class RunEvents {

  private final RunStream stream;
  private final RunListener listener;
  private final OpenToolCalls toolCalls;
  private final FailureTranslation failures;
  private long sequence;

  RunEvents(RunStream stream, RunListener listener, FailureTranslation failures) {
    this.stream = stream;
    this.listener = listener;
    this.toolCalls = new OpenToolCalls(listener::onToolCall, listener::onApproval, stream);
    this.failures = failures;
  }

  /** Returns when the run has ended. On any exception the call is aborted, and so the run ended. */
  RunResult follow() throws InterruptedException {
    boolean finished = false;
    try {
      RunResponse first = first();
      RunResult result = first.hasFinished() ? unplaced(first.getFinished()) : placed(first);
      finished = true;
      return result;
    } finally {
      if (finished) {
        stream.finish();
      } else {
        stream.abort("the client gave the run up");
      }
      toolCalls.withdrawAll();
    }
  }

  private RunResponse first() throws InterruptedException {
    try {
      return next();
    } catch (RunStream.StreamEnded ended) {
      if (ended.status().isOk()) {
        throw EventTranslation.broken("the stream ended before the run was accepted");
      }
      throw failures.beforeAcceptance(ended.status(), ended.trailers());
    }
  }

  /** A run that was cancelled while it waited for a sandbox. */
  private static RunResult unplaced(RunFinished finished) {
    Acceptance none = EventTranslation.acceptance(RunAccepted.getDefaultInstance());
    return EventTranslation.result(none, finished);
  }

  private RunResult placed(RunResponse first) throws InterruptedException {
    if (!first.hasAccepted()) {
      throw EventTranslation.broken("the first event was " + first.getEventCase());
    }
    Acceptance acceptance = EventTranslation.acceptance(first.getAccepted());
    listener.onAccepted(acceptance);
    return untilEnd(acceptance);
  }

  private RunResult untilEnd(Acceptance acceptance) throws InterruptedException {
    try {
      while (true) {
        Optional<RunResult> result = handle(next(), acceptance);
        if (result.isPresent()) {
          return result.get();
        }
      }
    } catch (RunStream.StreamEnded ended) {
      if (ended.status().isOk()) {
        throw EventTranslation.broken(
            "the stream of run %s ended without `finished`".formatted(acceptance.runId()));
      }
      throw failures.during(acceptance.runId(), ended.status(), ended.trailers());
    }
  }

  private Optional<RunResult> handle(RunResponse event, Acceptance acceptance) {
    switch (event.getEventCase()) {
      case OUTPUT -> {
        RunOutput output = event.getOutput();
        listener.onOutput(
            EventTranslation.stream(output.getStream()), output.getData().toByteArray());
      }
      case DISPLAY -> listener.onDisplay(EventTranslation.bundle(event.getDisplay().getBundle()));
      case FILE -> listener.onFile(event.getFile());
      case TOOL_CALL -> toolCalls.open(EventTranslation.toolCall(event.getToolCall()));
      case APPROVAL_REQUEST -> toolCalls.ask(EventTranslation.approval(event.getApprovalRequest()));
      case TOOL_CALL_CANCELLED -> toolCalls.withdraw(event.getToolCallCancelled().getCallId());
      case FINISHED -> {
        return Optional.of(EventTranslation.result(acceptance, event.getFinished()));
      }
      case ACCEPTED -> throw EventTranslation.broken("the run was accepted twice");
      case EVENT_NOT_SET -> {} // A kind of event that this client is too old to know.
    }
    return Optional.empty();
  }

  private RunResponse next() throws InterruptedException, RunStream.StreamEnded {
    RunResponse event = stream.next();
    sequence++;
    if (event.getSequence() != sequence) {
      throw EventTranslation.broken(
          "event %d came where %d was due".formatted(event.getSequence(), sequence));
    }
    return event;
  }
}
