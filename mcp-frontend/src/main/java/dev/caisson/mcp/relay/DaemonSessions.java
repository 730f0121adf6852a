package dev.caisson.mcp.relay;

import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.Session;
import java.time.Duration;
import java.util.List;

/** {@link SessionHost} on the client library. */
public final class DaemonSessions implements SessionHost {

  private final DaemonAccess daemon;

  public DaemonSessions(DaemonAccess daemon) {
    this.daemon = daemon;
  }

  @Override
  public SessionState create(NewSession wanted) throws RefusedException, InterruptedException {
    var request =
        CreateSessionRequest.newBuilder()
            .setName(wanted.name())
            .setDescription(wanted.description())
            .setPolicy(wanted.policy());
    wanted.idleTimeout().ifPresent(time -> request.setIdleTimeout(proto(time)));
    wanted.timeToLive().ifPresent(time -> request.setTimeToLive(proto(time)));
    return DaemonRefusals.asked(daemon, client -> state(client.sessions().create(request.build())));
  }

  @Override
  public List<SessionState> list() throws RefusedException, InterruptedException {
    return DaemonRefusals.asked(
        daemon, client -> client.sessions().list().stream().map(DaemonSessions::state).toList());
  }

  @Override
  public SessionState reset(String id, Workspace workspace)
      throws RefusedException, InterruptedException {
    return DaemonRefusals.asked(
        daemon, client -> state(client.sessions().reset(id, workspace == Workspace.CLEAR)));
  }

  @Override
  public boolean interrupt(String id) throws RefusedException, InterruptedException {
    return DaemonRefusals.asked(daemon, client -> client.sessions().interrupt(id));
  }

  @Override
  public void end(String id) throws RefusedException, InterruptedException {
    var unused =
        DaemonRefusals.asked(
            daemon,
            client -> {
              client.sessions().delete(id);
              return true;
            });
  }

  private static SessionState state(Session session) {
    return new SessionState(
        session.getSessionId(),
        session.getName(),
        session.getDescription(),
        session.getPolicy(),
        switch (session.getState()) {
          case IDLE -> SessionState.Activity.IDLE;
          case BUSY -> SessionState.Activity.BUSY;
          case LOST -> SessionState.Activity.LOST;
          case STATE_UNSPECIFIED, UNRECOGNIZED -> SessionState.Activity.UNKNOWN;
        },
        duration(session.hasBusy() ? session.getBusy() : session.getIdle()),
        session.getLost(),
        session.getResponsive(),
        Integer.toUnsignedLong(session.getRuns()),
        Integer.toUnsignedLong(session.getRestarts()),
        session.getMemoryBytes(),
        duration(session.getIdleTimeout()),
        duration(session.getTimeLeft()));
  }

  private static Duration duration(com.google.protobuf.Duration duration) {
    return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  private static com.google.protobuf.Duration proto(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }
}
