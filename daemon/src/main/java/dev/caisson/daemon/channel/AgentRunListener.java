package dev.caisson.daemon.channel;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.MimeBundle;
import dev.caisson.daemon.model.OutputStreamName;

/**
 * Hears what happens in one run. Called on the channel's reader thread, one call at a time: it must
 * not block and must not call Docker, or pings and credit of this sandbox wait too.
 */
public interface AgentRunListener {

  /** Output, in the order in which it was written. Give it back with {@link AgentRun#consumed}. */
  void output(OutputStreamName stream, byte[] data, Lane lane);

  /**
   * A display arrived whose turn in the order may not have come: whether it shall be kept until
   * then. Nobody hears of one that is not.
   */
  boolean admits(MimeBundle shown);

  /** A display that was admitted, in the order of the output. */
  void display(MimeBundle shown);

  /** A call; answer with {@link AgentRun#result} or {@link AgentRun#error}. */
  void call(AgentCall call);

  /** The code no longer waits for this call. */
  void callCancelled(long id);

  /** The code has opened a connection. Whoever takes it reads and writes it, and may cut it. */
  void connected(AgentConnection connection);

  /** The worker is gone; what it wrote before is still coming. */
  void workerGone();

  /** The run is over and all its output was handed on. Last call, unless {@link #lost} was. */
  void settled(ProgramEnd end);

  /** The channel broke: a violation, or its end. Last call. */
  void lost(SandboxException why);
}
