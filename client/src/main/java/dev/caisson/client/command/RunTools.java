package dev.caisson.client.command;

import dev.caisson.client.ApprovalAnswer;
import dev.caisson.client.ApprovalRequest;
import dev.caisson.client.RunListener;
import dev.caisson.client.RunOptions;
import dev.caisson.client.ToolAnswer;
import dev.caisson.client.ToolCall;
import dev.caisson.v1.ToolCatalogue;

/**
 * What a program may use of whoever started it: tools, and a person who approves. Calls come as
 * those of {@link RunListener} do, each on a thread of its own.
 */
public interface RunTools extends AutoCloseable {

  /** Adds the tools to what is run, once they are known; waits for that within bounds. */
  RunOptions addTo(RunOptions options) throws InterruptedException;

  /** The tools as they would be added, to be looked at. */
  ToolCatalogue catalogue() throws InterruptedException;

  ToolAnswer call(ToolCall call) throws Exception;

  ApprovalAnswer approve(ApprovalRequest request) throws Exception;

  @Override
  void close();

  /** For a run that names no servers. */
  RunTools NONE =
      new RunTools() {
        @Override
        public RunOptions addTo(RunOptions options) {
          return options;
        }

        @Override
        public ToolCatalogue catalogue() {
          return ToolCatalogue.getDefaultInstance();
        }

        @Override
        public ToolAnswer call(ToolCall call) throws Exception {
          return RunListener.silent().onToolCall(call);
        }

        @Override
        public ApprovalAnswer approve(ApprovalRequest request) throws Exception {
          return RunListener.silent().onApproval(request);
        }

        @Override
        public void close() {}
      };
}
