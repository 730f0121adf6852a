package dev.caisson.mcp.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.Json;
import dev.caisson.mcp.protocol.RequestRefusedException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The streams of one session, by their numbers, and the bytes that they keep for a client that
 * comes back. Stream 0 is the one that belongs to no request. Any thread.
 */
final class SessionStreams implements EventStream.Keeper {

  /** Answered requests that are remembered, however small their answers are. */
  private static final int ANSWERED = 64;

  private final ReentrantLock lock = new ReentrantLock();
  private final long most;
  private final long mostOfAll;
  private final AtomicLong ofAll;
  private final EventStream standalone;

  @GuardedBy("lock")
  private final Map<Long, EventStream> streams = new LinkedHashMap<>();

  @GuardedBy("lock")
  private long last;

  @GuardedBy("lock")
  private long used;

  @GuardedBy("lock")
  private boolean closed;

  /**
   * @param ofAll bytes that all sessions keep
   */
  SessionStreams(HttpLimits.Sessions limits, AtomicLong ofAll) {
    this.most = limits.keptBytes();
    this.mostOfAll = limits.keptBytesOfAll();
    this.ofAll = ofAll;
    this.standalone =
        new EventStream(
            lock, this, new EventStream.Endings(Optional.empty(), Optional.empty(), () -> {}));
  }

  /** A stream and its number in the session. */
  record Numbered(long number, EventStream stream) {}

  Numbered standalone() {
    return new Numbered(0, standalone);
  }

  /** For the answer to this request, and what comes with it. */
  Numbered open(Object request, Runnable whenOver) {
    var endings =
        new EventStream.Endings(
            Optional.of(error(request, ErrorCodes.REQUEST_CANCELLED, "Request cancelled")),
            Optional.of(
                error(
                    request,
                    ErrorCodes.INTERNAL_ERROR,
                    "the answer was too large to be kept for a client that comes back")),
            whenOver);
    var stream = new EventStream(lock, this, endings);
    lock.lock();
    try {
      var left = streams.values().stream().filter(this::isLeft).count();
      for (; left >= ANSWERED; left--) {
        forgetOldest(stream);
      }
      streams.put(++last, stream);
      return new Numbered(last, stream);
    } finally {
      lock.unlock();
    }
  }

  private static Map<String, Object> error(Object request, int code, String why) {
    return Json.error(request, new RequestRefusedException(code, why));
  }

  Optional<EventStream> find(long number) {
    if (number == 0) {
      return Optional.of(standalone);
    }
    lock.lock();
    try {
      return Optional.ofNullable(streams.get(number));
    } finally {
      lock.unlock();
    }
  }

  @Override
  @GuardedBy("lock")
  public boolean take(EventStream stream, int bytes) {
    while (closed || used + bytes > most || ofAll.get() + bytes > mostOfAll) {
      if (closed || bytes > most || !forgetOldest(stream)) {
        return false;
      }
    }
    used += bytes;
    ofAll.addAndGet(bytes);
    return true;
  }

  @Override
  @GuardedBy("lock")
  public void giveBack(int bytes) {
    if (!closed) {
      used -= bytes;
      ofAll.addAndGet(-bytes);
    }
  }

  @GuardedBy("lock")
  private boolean forgetOldest(EventStream but) {
    for (var each = streams.values().iterator(); each.hasNext(); ) {
      var stream = each.next();
      if (stream != but && isLeft(stream)) {
        forget(stream);
        each.remove();
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings("GuardedBy") // the stream's lock is ours
  private boolean isLeft(EventStream stream) {
    return stream.isLeft();
  }

  @SuppressWarnings("GuardedBy") // the stream's lock is ours
  private void forget(EventStream stream) {
    stream.forget();
  }

  /** Ends all of them, and keeps nothing any more. */
  void close() {
    lock.lock();
    try {
      standalone.end();
      streams.values().forEach(EventStream::cancelled);
      streams.clear();
      closed = true;
      ofAll.addAndGet(-used);
    } finally {
      lock.unlock();
    }
  }
}
