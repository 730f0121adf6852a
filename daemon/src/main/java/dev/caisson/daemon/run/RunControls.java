package dev.caisson.daemon.run;

import dev.caisson.daemon.model.Approval;
import dev.caisson.daemon.model.ToolAnswer;

/** What the caller of a run may do to it while it runs. */
interface RunControls {

  void toolAnswer(String callId, ToolAnswer answer) throws InterruptedException;

  void approval(String callId, Approval approval);

  void stdin(byte[] data) throws InterruptedException;

  void stdinEnd();

  void interrupt();

  void cancel(String reason);
}
