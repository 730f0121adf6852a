package dev.caisson.client;

import com.google.protobuf.ByteString;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.ToolFailure;
import dev.caisson.v1.ToolResult;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tool calls of one run that wait for an answer, and the questions whether they may be made,
 * each on a virtual thread of its own. How many there are at once is limited by the daemon.
 *
 * <p>{@link #open} and {@link #withdraw} are called by the thread that reads the events. Whoever
 * removes a call from the map decides: an answer is sent only by a thread that removed its own, so
 * no answer follows a withdrawal.
 */
final class OpenToolCalls {

  /** Answers a question for an approval. */
  @FunctionalInterface
  interface ApprovalHandler {
    ApprovalAnswer ask(ApprovalRequest request) throws Exception;
  }

  private final ToolHandler handler;
  private final ApprovalHandler approvals;
  private final RunStream stream;
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();

  OpenToolCalls(ToolHandler handler, ApprovalHandler approvals, RunStream stream) {
    this.handler = handler;
    this.approvals = approvals;
    this.stream = stream;
  }

  /** A call is the end of the question whether it may be made, whoever answered that. */
  void open(ToolCall call) {
    withdraw(call.id());
    start(call.id(), () -> work(call));
  }

  void ask(ApprovalRequest request) {
    start(request.id(), () -> decide(request));
  }

  private void start(String id, Runnable work) {
    Thread thread = Thread.ofVirtual().name("caisson-tool-" + id).unstarted(work);
    threads.put(id, thread);
    thread.start();
  }

  void withdraw(String callId) {
    Thread thread = threads.remove(callId);
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Interrupts all that are open, and does not wait for them: a handler may take its time. */
  void withdrawAll() {
    threads.keySet().forEach(this::withdraw);
  }

  private void work(ToolCall call) {
    send(call.id(), RunRequest.newBuilder().setToolResult(result(call.id(), answer(call))).build());
  }

  private void decide(ApprovalRequest request) {
    send(
        request.id(),
        RunRequest.newBuilder().setApprovalAnswer(answer(request.id(), decision(request))).build());
  }

  private void send(String id, RunRequest message) {
    if (!threads.remove(id, Thread.currentThread())) {
      return; // Withdrawn: the daemon would drop the answer.
    }
    try {
      stream.send(message);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt(); // The end of this thread; nobody waits for the answer.
    }
  }

  private ToolAnswer answer(ToolCall call) {
    try {
      return Objects.requireNonNull(handler.call(call), "the tool handler answered null");
    } catch (Exception | StackOverflowError | AssertionError failure) {
      // Every failure of a handler is the program's to see: a call without an answer would hang it.
      return ToolAnswer.failure(ToolAnswer.FailureReason.TOOL_ERROR, said(failure));
    }
  }

  private ApprovalAnswer decision(ApprovalRequest request) {
    try {
      return Objects.requireNonNull(approvals.ask(request), "nobody decided");
    } catch (Exception | StackOverflowError | AssertionError failure) {
      return ApprovalAnswer.deny(said(failure));
    }
  }

  private static dev.caisson.v1.ApprovalAnswer answer(String callId, ApprovalAnswer answer) {
    return dev.caisson.v1.ApprovalAnswer.newBuilder()
        .setCallId(callId)
        .setDecision(
            switch (answer.decision()) {
              case DENY -> dev.caisson.v1.ApprovalAnswer.Decision.DENY;
              case ALLOW -> dev.caisson.v1.ApprovalAnswer.Decision.ALLOW;
              case ALLOW_FOR_RUN -> dev.caisson.v1.ApprovalAnswer.Decision.ALLOW_FOR_RUN;
            })
        .setReason(answer.reason())
        .build();
  }

  private static String said(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }

  private static ToolResult result(String callId, ToolAnswer answer) {
    ToolResult.Builder result = ToolResult.newBuilder().setCallId(callId);
    switch (answer) {
      case ToolAnswer.Value(String json) -> result.setValueJson(ByteString.copyFromUtf8(json));
      case ToolAnswer.McpResult(String json) ->
          result.setMcpResultJson(ByteString.copyFromUtf8(json));
      case ToolAnswer.Failure(ToolAnswer.FailureReason reason, String message) ->
          result.setFailure(ToolFailure.newBuilder().setReason(proto(reason)).setMessage(message));
    }
    return result.build();
  }

  private static ToolFailure.Reason proto(ToolAnswer.FailureReason reason) {
    return switch (reason) {
      case TOOL_ERROR -> ToolFailure.Reason.TOOL_ERROR;
      case INVALID_ARGUMENTS -> ToolFailure.Reason.INVALID_ARGUMENTS;
      case UNAVAILABLE -> ToolFailure.Reason.UNAVAILABLE;
      case TIMED_OUT -> ToolFailure.Reason.TIMED_OUT;
      case DENIED -> ToolFailure.Reason.DENIED;
    };
  }
}
