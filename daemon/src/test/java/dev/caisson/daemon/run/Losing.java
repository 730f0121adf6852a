package dev.caisson.daemon.run;

import dev.caisson.daemon.channel.AgentCall;
import dev.caisson.daemon.channel.AgentConnection;
import dev.caisson.daemon.channel.AgentRunListener;
import dev.caisson.daemon.channel.Lane;
import dev.caisson.daemon.channel.ProgramEnd;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.MimeBundle;
import dev.caisson.daemon.model.OutputStreamName;
import java.util.concurrent.atomic.AtomicReference;

/** A listener that keeps why its run was lost. */
record Losing(AgentRunListener listener, AtomicReference<SandboxException> lost)
    implements AgentRunListener {

  @Override
  public void output(OutputStreamName stream, byte[] data, Lane lane) {
    listener.output(stream, data, lane);
  }

  @Override
  public boolean admits(MimeBundle shown) {
    return listener.admits(shown);
  }

  @Override
  public void display(MimeBundle shown) {
    listener.display(shown);
  }

  @Override
  public void call(AgentCall call) {
    listener.call(call);
  }

  @Override
  public void callCancelled(long id) {
    listener.callCancelled(id);
  }

  @Override
  public void connected(AgentConnection connection) {
    listener.connected(connection);
  }

  @Override
  public void workerGone() {
    listener.workerGone();
  }

  @Override
  public void settled(ProgramEnd end) {
    listener.settled(end);
  }

  @Override
  public void lost(SandboxException why) {
    lost.set(why);
    listener.lost(why);
  }
}
