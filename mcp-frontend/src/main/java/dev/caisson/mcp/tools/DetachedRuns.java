package dev.caisson.mcp.tools;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.mcp.relay.RefusedException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The runs of one client: those that go on, and of those that outlived their request the answers,
 * for a while. At most 8 are kept, ended or not; the ones that ended first make room. An answer is
 * kept for 15 minutes. An id says nothing and cannot be guessed, so that it opens its own run
 * alone.
 *
 * <p>Any thread; the lock is never held while a run is waited for.
 */
final class DetachedRuns implements AutoCloseable {

  static final int MOST = 8;
  static final Duration KEPT = Duration.ofMinutes(15);

  private static final int ID_BYTES = 8;
  private static final Duration STOPPING = Duration.ofSeconds(3);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Set<OngoingRun> going = new HashSet<>();

  /** Those that outlived their request, in the order in which they did. */
  @GuardedBy("lock")
  private final Map<String, OngoingRun> kept = new LinkedHashMap<>();

  @GuardedBy("lock")
  private boolean closed;

  DetachedRuns(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Begins a run. It is the caller's until it is kept.
   *
   * @param request hears of the output as long as the run is the request's
   */
  OngoingRun begin(String label, @Nullable OutputSink request, OngoingRun.Work work)
      throws RefusedException {
    var run = new OngoingRun(newId(), label, nanoTime, request, work, this::ended);
    lock.lock();
    try {
      if (closed) {
        throw new RefusedException("the connection is closing; nothing new is begun");
      }
      going.add(run);
    } finally {
      lock.unlock();
    }
    run.start();
    return run;
  }

  private static String newId() {
    var bytes = new byte[ID_BYTES];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private void ended(OngoingRun run) {
    lock.lock();
    try {
      going.remove(run);
    } finally {
      lock.unlock();
    }
  }

  /** Keeps a run beyond its request; false when there is no room, and its request has to wait. */
  boolean keep(OngoingRun run) {
    lock.lock();
    try {
      forgetOld();
      if (kept.size() >= MOST) {
        var first = kept.values().stream().filter(OngoingRun::hasEnded).findFirst();
        if (first.isEmpty()) {
          return false;
        }
        kept.remove(first.get().id());
      }
      kept.put(run.id(), run);
    } finally {
      lock.unlock();
    }
    run.leave();
    return true;
  }

  @GuardedBy("lock")
  private void forgetOld() {
    kept.values().removeIf(run -> run.hasEnded() && run.endedAgo() > KEPT.toNanos());
  }

  /** Those that outlived their request, the oldest first. */
  List<OngoingRun> list() {
    lock.lock();
    try {
      forgetOld();
      return List.copyOf(kept.values());
    } finally {
      lock.unlock();
    }
  }

  /** One of them. */
  OngoingRun get(String id) throws RefusedException {
    var all = list();
    return all.stream()
        .filter(run -> run.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new RefusedException(
                RefusedException.Reason.NOT_FOUND,
                "there is no run '%s' to pick up (an answer is kept for %d minutes, and %d runs at"
                        .formatted(id, KEPT.toMinutes(), MOST)
                    + " most); "
                    + (all.isEmpty()
                        ? "there are none"
                        : "there are "
                            + String.join(", ", all.stream().map(OngoingRun::id).toList()))));
  }

  /** Nobody picks it up any more. */
  void forget(OngoingRun run) {
    lock.lock();
    try {
      kept.remove(run.id());
    } finally {
      lock.unlock();
    }
  }

  /** Cancels all that go on, and returns when they have ended or soon after. */
  @Override
  public void close() {
    List<OngoingRun> last;
    lock.lock();
    try {
      closed = true;
      last = List.copyOf(going);
      kept.clear();
    } finally {
      lock.unlock();
    }
    last.forEach(OngoingRun::cancel);
    try {
      for (var run : last) {
        run.join(STOPPING);
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
