package dev.caisson.daemon.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.session.SessionNotice;
import dev.caisson.daemon.session.SessionNotice.News;
import dev.caisson.daemon.session.SessionRegistry;
import dev.caisson.daemon.session.SessionWatch;
import dev.caisson.v1.WatchSessionsResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The news of a caller's sessions on their way to it, as fast as it reads. One that does not read
 * loses the call, not the daemon its memory.
 *
 * <p>Threads: news come on any; gRPC says on one of its own that there is room. The lock makes sure
 * that one writes at a time, and in order.
 */
final class SessionFeed {

  private static final int MOST_UNREAD = 1_000;

  private final ServerCallStreamObserver<WatchSessionsResponse> responses;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Deque<WatchSessionsResponse> unread = new ArrayDeque<>();

  @GuardedBy("lock")
  private Optional<SessionWatch> watch = Optional.empty();

  @GuardedBy("lock")
  private boolean over;

  private SessionFeed(ServerCallStreamObserver<WatchSessionsResponse> responses) {
    this.responses = responses;
  }

  /** Feeds until the caller is gone. */
  static void open(
      SessionRegistry sessions, ServerCallStreamObserver<WatchSessionsResponse> responses) {
    SessionFeed feed = new SessionFeed(responses);
    responses.setOnReadyHandler(feed::write);
    responses.setOnCancelHandler(feed::close);
    feed.begin(sessions);
  }

  private void begin(SessionRegistry sessions) {
    lock.lock();
    try {
      SessionWatch begun = sessions.watch(SessionEndpoint.caller(), notice -> add(toProto(notice)));
      watch = Optional.of(begun);
      if (over) {
        begun.close();
        return;
      }
      // Under the lock, so that no news comes before it.
      add(
          WatchSessionsResponse.newBuilder()
              .setWatching(WatchSessionsResponse.Watching.getDefaultInstance())
              .build());
    } finally {
      lock.unlock();
    }
  }

  private void add(WatchSessionsResponse response) {
    lock.lock();
    try {
      if (over) {
        return;
      }
      unread.add(response);
      if (unread.size() > MOST_UNREAD && !responses.isReady()) {
        close();
        responses.onError(
            Status.RESOURCE_EXHAUSTED
                .withDescription(
                    "more than %,d pieces of news wait to be read; watch again, and read"
                        .formatted(MOST_UNREAD))
                .asRuntimeException());
        return;
      }
      write();
    } finally {
      lock.unlock();
    }
  }

  private void write() {
    lock.lock();
    try {
      while (!over && !unread.isEmpty() && responses.isReady()) {
        responses.onNext(unread.remove());
      }
    } finally {
      lock.unlock();
    }
  }

  private void close() {
    lock.lock();
    try {
      over = true;
      unread.clear();
      watch.ifPresent(SessionWatch::close);
    } finally {
      lock.unlock();
    }
  }

  private static WatchSessionsResponse toProto(SessionNotice notice) {
    WatchSessionsResponse.Builder response =
        WatchSessionsResponse.newBuilder().setSessionId(notice.id().value()).setName(notice.name());
    switch (notice.news()) {
      case News.Ending(String why, var left) ->
          response.getEndingBuilder().setWhy(why).setLeft(Durations.toProto(left));
      case News.Ended(String why) -> response.getEndedBuilder().setWhy(why);
      case News.InterpreterLost(String why) -> response.getInterpreterLostBuilder().setWhy(why);
      case News.SandboxLost(String why) -> response.getSandboxLostBuilder().setWhy(why);
    }
    return response.build();
  }
}
