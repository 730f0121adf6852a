package dev.caisson.client;

import dev.caisson.v1.CreateSessionRequest;
import dev.caisson.v1.DeleteSessionRequest;
import dev.caisson.v1.GetSessionRequest;
import dev.caisson.v1.InterruptSessionRequest;
import dev.caisson.v1.ListSessionsRequest;
import dev.caisson.v1.ResetSessionRequest;
import dev.caisson.v1.Session;
import dev.caisson.v1.SessionServiceGrpc;
import dev.caisson.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import dev.caisson.v1.WatchSessionsRequest;
import dev.caisson.v1.WatchSessionsResponse;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The sessions of a daemon: sandboxes whose names and files stay from run to run. Runs go there
 * with {@link RunOptions#session}. Safe for many threads; every failure is a {@link
 * CaissonException}.
 */
public final class Sessions {

  /** Asks the daemon and translates its failures. */
  @FunctionalInterface
  interface Question {
    <T> T ask(Function<ManagedChannel, T> question);
  }

  /** A sandbox may have to be made first. */
  private static final int PATIENCE_SECONDS = 90;

  private final Question question;

  Sessions(Question question) {
    this.question = question;
  }

  /** Makes a session, waiting for a sandbox. */
  public Session create(CreateSessionRequest request) {
    return ask(service -> service.createSession(request).getSession());
  }

  public Session get(String id) {
    return ask(service ->
        service.getSession(GetSessionRequest.newBuilder().setSessionId(id).build()).getSession());
  }

  /** All of them, the oldest first. */
  public List<Session> list() {
    return ask(service ->
        service.listSessions(ListSessionsRequest.getDefaultInstance()).getSessionsList());
  }

  /** A fresh interpreter; the files stay unless they are to be cleared. */
  public Session reset(String id, boolean clearFiles) {
    return ask(service ->
        service
            .resetSession(
                ResetSessionRequest.newBuilder().setSessionId(id).setClearFiles(clearFiles).build())
            .getSession());
  }

  /** Stops the running code. Gives whether there was any. */
  public boolean interrupt(String id) {
    return ask(service ->
        service
            .interruptSession(InterruptSessionRequest.newBuilder().setSessionId(id).build())
            .getWasRunning());
  }

  /** Ends a session, with its files. */
  public void delete(String id) {
    var unused =
        ask(service ->
            service.deleteSession(DeleteSessionRequest.newBuilder().setSessionId(id).build()));
  }

  /**
   * Hears of all sessions on the calling thread, until that is interrupted, the ear throws, or the
   * daemon ends it. The first piece of news says that all that follows is heard.
   */
  public void watch(Consumer<WatchSessionsResponse> ear) {
    var unused =
        question.ask(channel -> {
          SessionServiceGrpc.newBlockingStub(channel)
              .watchSessions(WatchSessionsRequest.getDefaultInstance())
              .forEachRemaining(ear);
          return true;
        });
  }

  private <T> T ask(Function<SessionServiceBlockingStub, T> call) {
    return question.ask(channel ->
        call.apply(
            SessionServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)));
  }
}
