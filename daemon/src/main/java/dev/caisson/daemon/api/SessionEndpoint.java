package dev.caisson.daemon.api;

import com.google.protobuf.Timestamp;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Identity;
import dev.caisson.daemon.model.SessionId;
import dev.caisson.daemon.session.SessionRegistry;
import dev.caisson.daemon.session.SessionSpec;
import dev.caisson.daemon.session.SessionState;
import dev.caisson.daemon.session.SessionState.Activity;
import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.CreateSessionResponse;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.DeleteSessionResponse;
import dev.caisson.v1.GetSessionRequest;
import dev.caisson.v1.GetSessionResponse;
import dev.caisson.v1.InterruptSessionRequest;
import dev.caisson.v1.InterruptSessionResponse;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.ListSessionsResponse;
import dev.caisson.v1.ResetSessionRequest;
import dev.caisson.v1.ResetSessionResponse;
import dev.caisson.v1.Session;
import dev.caisson.v1.SessionServiceGrpc;
import dev.caisson.v1.WatchSessionsRequest;
import dev.caisson.v1.WatchSessionsResponse;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;

/** SessionService: the sessions of the caller. */
public final class SessionEndpoint extends SessionServiceGrpc.SessionServiceImplBase {

  private final SessionRegistry sessions;

  public SessionEndpoint(SessionRegistry sessions) {
    this.sessions = sessions;
  }

  @Override
  public void createSession(
      CreateSessionRequest request, StreamObserver<CreateSessionResponse> responses) {
    answer(
        responses,
        () ->
            CreateSessionResponse.newBuilder().setSession(toProto(created(spec(request)))).build());
  }

  /**
   * A caller who has given up meanwhile never hears of the session: it would stand, and count
   * against the quota, until it was idle for long enough.
   */
  private SessionState created(SessionSpec spec) throws InterruptedException {
    SessionState made = sessions.create(spec);
    if (Context.current().isCancelled()) {
      sessions.delete(caller(), made.id());
    }
    return made;
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> responses) {
    answer(
        responses,
        () ->
            GetSessionResponse.newBuilder()
                .setSession(toProto(sessions.get(caller(), id(request.getSessionId()))))
                .build());
  }

  @Override
  public void listSessions(
      ListSessionsRequest request, StreamObserver<ListSessionsResponse> responses) {
    answer(
        responses,
        () ->
            ListSessionsResponse.newBuilder()
                .addAllSessions(
                    sessions.list(caller()).stream().map(SessionEndpoint::toProto).toList())
                .build());
  }

  @Override
  public void resetSession(
      ResetSessionRequest request, StreamObserver<ResetSessionResponse> responses) {
    answer(
        responses,
        () ->
            ResetSessionResponse.newBuilder()
                .setSession(
                    toProto(
                        sessions.reset(
                            caller(), id(request.getSessionId()), request.getClearFiles())))
                .build());
  }

  @Override
  public void interruptSession(
      InterruptSessionRequest request, StreamObserver<InterruptSessionResponse> responses) {
    answer(
        responses,
        () ->
            InterruptSessionResponse.newBuilder()
                .setWasRunning(sessions.interrupt(caller(), id(request.getSessionId())))
                .build());
  }

  @Override
  public void watchSessions(
      WatchSessionsRequest request, StreamObserver<WatchSessionsResponse> responses) {
    SessionFeed.open(sessions, (ServerCallStreamObserver<WatchSessionsResponse>) responses);
  }

  @Override
  public void deleteSession(
      DeleteSessionRequest request, StreamObserver<DeleteSessionResponse> responses) {
    answer(
        responses,
        () -> {
          sessions.delete(caller(), id(request.getSessionId()));
          return DeleteSessionResponse.getDefaultInstance();
        });
  }

  static Identity caller() {
    return Identity.LOCAL;
  }

  static SessionId id(String text) {
    if (text.isBlank()) {
      throw RunRequests.invalid("session_id", "is empty", "send the id of a session");
    }
    return new SessionId(text);
  }

  private static SessionSpec spec(CreateSessionRequest request) {
    return new SessionSpec(
        caller(),
        request.getPolicy(),
        request.getName(),
        request.getDescription(),
        request.hasIdleTimeout()
            ? Durations.fromProto(request.getIdleTimeout())
            : SessionSpec.DEFAULT_IDLE_TIMEOUT,
        request.hasTimeToLive()
            ? Durations.fromProto(request.getTimeToLive())
            : SessionSpec.DEFAULT_TIME_TO_LIVE);
  }

  private static Session toProto(SessionState state) {
    Session.Builder session =
        Session.newBuilder()
            .setSessionId(state.id().value())
            .setName(state.spec().name())
            .setDescription(state.spec().description())
            .setPolicy(state.policy())
            .setCreated(timestamp(state.created()))
            .setIdleTimeout(Durations.toProto(state.spec().idleTimeout()))
            .setTimeLeft(Durations.toProto(state.timeLeft()))
            .setRuns(state.runs())
            .setRestarts(state.restarts())
            .setMemoryBytes(state.sandboxUsage().memoryNow().bytes())
            .setMemoryPeakBytes(state.sandboxUsage().memoryPeak().bytes())
            .setCpuTime(Durations.toProto(state.sandboxUsage().cpuTime()))
            .setUsage(RunEvents.usage(state.usage()))
            .setResponsive(state.responsive())
            .setSandboxId(state.sandbox().map(Object::toString).orElse(""));
    switch (state.activity()) {
      case Activity.Idle(Duration since, var sandbox) ->
          session.setState(Session.State.IDLE).setIdle(Durations.toProto(since));
      case Activity.Busy(Duration since, var sandbox) ->
          session.setState(Session.State.BUSY).setBusy(Durations.toProto(since));
      case Activity.Lost(String why) -> session.setState(Session.State.LOST).setLost(why);
    }
    return session.build();
  }

  private static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  /** Runs on the call's own virtual thread, so it may wait. */
  private static <T> void answer(StreamObserver<T> responses, Callable<T> response) {
    ToolEndpoint.answer(
        responses,
        () -> {
          try {
            return response.call();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException(ErrorCode.SHUTTING_DOWN, "the daemon is shutting down", e);
          } catch (RuntimeException e) {
            throw e;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }
}
