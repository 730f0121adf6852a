package dev.caisson.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.mcp.relay.FakeSessionHost;
import dev.caisson.mcp.relay.RefusedException;
import dev.caisson.mcp.relay.SessionHost;
import dev.caisson.mcp.relay.SessionState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ConnectionSessionsTest {

  private final FakeSessionHost host = new FakeSessionHost();

  private static SessionHost.NewSession named(String name) {
    return new SessionHost.NewSession(name, "", "", Optional.empty(), Optional.empty());
  }

  @Test
  void one_that_has_ended_is_forgotten_when_all_are_listed() throws Exception {
    var sessions = new ConnectionSessions(host, SessionPerConnection.NO, "");
    sessions.create(named("gone"));
    sessions.create(named("there"));
    host.end("session-1");

    sessions.list();

    assertThat(sessions.own()).containsExactly("session-2");
  }

  @Test
  void one_that_is_made_while_all_are_listed_is_not_forgotten() throws Exception {
    var overtaken = new Overtaken();
    var sessions = new ConnectionSessions(overtaken, SessionPerConnection.NO, "");
    overtaken.meanwhile = () -> sessions.create(named("new"));

    assertThat(sessions.list()).isEmpty();

    assertThat(sessions.isOwn("session-1")).isTrue();
    assertThat(sessions.find("new")).isEqualTo("session-1");
  }

  /** Something that happens after the host has looked and before its answer is there. */
  @FunctionalInterface
  private interface Event {
    void happens() throws RefusedException, InterruptedException;
  }

  private final class Overtaken implements SessionHost {

    private Event meanwhile = () -> {};

    @Override
    public List<SessionState> list() throws RefusedException, InterruptedException {
      var answer = host.list();
      meanwhile.happens();
      return answer;
    }

    @Override
    public SessionState create(NewSession wanted) throws RefusedException, InterruptedException {
      return host.create(wanted);
    }

    @Override
    public SessionState reset(String id, Workspace workspace) throws RefusedException {
      return host.reset(id, workspace);
    }

    @Override
    public boolean interrupt(String id) throws RefusedException {
      return host.interrupt(id);
    }

    @Override
    public void end(String id) throws RefusedException, InterruptedException {
      host.end(id);
    }
  }
}
