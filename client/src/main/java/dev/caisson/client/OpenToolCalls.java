package dev.caisson.client;

import com.google.protobuf.ByteString;
import dev.caisson.v1.RunRequest;
import dev.caisson.v1.ToolFailure;
import dev.caisson.v1.ToolResult;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tool calls of one run that wait for an answer, each on a virtual thread of its own. How many
 * there are at once is limited by the daemon.
 *
 * <p>{@link #open} and {@link #withdraw} are called by the thread that reads the events. Whoever
 * removes a call from the map decides: an answer is sent only by a thread that removed its own, so
 * no answer follows a withdrawal.
 */
final class OpenToolCalls {

  private final ToolHandler handler;
  private final RunStream stream;
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();

  OpenToolCalls(ToolHandler handler, RunStream stream) {
    this.handler = handler;
    this.stream = stream;
  }

  void open(ToolCall call) {
    Thread thread =
        Thread.ofVirtual().name("caisson-tool-" + call.id()).unstarted(() -> work(call));
    threads.put(call.id(), thread);
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
    ToolResult result = result(call.id(), answer(call));
    if (threads.remove(call.id()) == null) {
      return; // Withdrawn: the daemon would drop the answer.
    }
    try {
      stream.send(RunRequest.newBuilder().setToolResult(result).build());
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
