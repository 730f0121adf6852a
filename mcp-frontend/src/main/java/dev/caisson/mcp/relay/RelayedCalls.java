package dev.caisson.mcp.relay;

import dev.caisson.client.ApprovalAnswer;
import dev.caisson.client.ApprovalRequest;
import dev.caisson.client.ToolAnswer.FailureReason;
import dev.caisson.client.ToolCall;

/** What a run asks for, from the client library's words to ours and back. */
public record RelayedCalls(ToolRelay tools, Approvals approvals) {

  public ApprovalAnswer approve(ApprovalRequest request) throws InterruptedException {
    var answer =
        approvals.ask(
            new Approvals.Question(
                request.server(), request.tool(), request.argumentsJson(), request.rule()));
    return new ApprovalAnswer(
        ApprovalAnswer.Decision.valueOf(answer.choice().name()), answer.reason());
  }

  public dev.caisson.client.ToolAnswer call(ToolCall call) throws InterruptedException {
    return switch (tools.call(call.server(), call.tool(), call.argumentsJson())) {
      case ToolAnswer.Relayed relayed ->
          dev.caisson.client.ToolAnswer.mcpResult(relayed.resultJson());
      case ToolAnswer.Failed failed ->
          dev.caisson.client.ToolAnswer.failure(
              FailureReason.valueOf(failed.reason().name()), failed.message());
    };
  }
}
