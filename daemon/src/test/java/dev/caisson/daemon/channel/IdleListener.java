package dev.caisson.daemon.channel;

import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.MimeBundle;
import dev.caisson.daemon.model.OutputStreamName;

/** Takes no interest in a run; a test overrides what it waits for. */
public abstract class IdleListener implements AgentRunListener {

  @Override
  public void output(OutputStreamName stream, byte[] data, Lane lane) {}

  @Override
  public boolean admits(MimeBundle shown) {
    return true;
  }

  @Override
  public void display(MimeBundle shown) {}

  @Override
  public void call(AgentCall call) {}

  @Override
  public void callCancelled(long id) {}

  @Override
  public void connected(AgentConnection connection) {}

  @Override
  public void workerGone() {}

  @Override
  public void settled(ProgramEnd end) {}

  @Override
  public void lost(SandboxException why) {}
}
