package dev.caisson.daemon.session;

import dev.caisson.daemon.session.SessionNotice.News;
import java.time.Duration;
import java.util.Optional;

/**
 * When a session ends by itself, and when that is to be announced. Knows no clock; its session
 * keeps others out.
 */
final class SessionLifetime {

  /** An end is announced so long before, or half of its time before if that is less. */
  private static final Duration LONGEST_WARNING = Duration.ofMinutes(1);

  private final SessionSpec spec;
  private final long createdAt;
  private long changedAt;
  private long usedAt;
  private boolean busy;
  private int uses;
  private boolean idleEndAnnounced;
  private boolean lastEndAnnounced;

  SessionLifetime(SessionSpec spec, long now) {
    this.spec = spec;
    this.createdAt = now;
    this.changedAt = now;
    this.usedAt = now;
  }

  /** Something was done with it: the idle time begins anew, or stands still while it is busy. */
  void changed(boolean nowBusy, long now) {
    busy = nowBusy;
    changedAt = now;
    used(now);
  }

  /** Somebody uses its files: the idle time stands still until {@link #useEnded}. */
  void useBegan(long now) {
    uses++;
    used(now);
  }

  void useEnded(long now) {
    uses--;
    used(now);
  }

  private void used(long now) {
    usedAt = now;
    idleEndAnnounced = false;
  }

  Duration sinceChange(long now) {
    return Duration.ofNanos(now - changedAt);
  }

  /** Until it ends whatever happens. */
  Duration left(long now) {
    return positive(spec.timeToLive().minusNanos(now - createdAt));
  }

  /** Why it is to end now, if it is. */
  Optional<String> expired(long now) {
    if (left(now).isZero()) {
      return Optional.of("the session has reached its time to live");
    }
    if (isIdle() && idleLeft(now).isZero()) {
      return Optional.of("the session was idle for too long");
    }
    return Optional.empty();
  }

  /** The announcement that is due, once each time that it is. */
  Optional<News> announcement(long now) {
    if (!lastEndAnnounced && left(now).compareTo(warning(spec.timeToLive())) <= 0) {
      lastEndAnnounced = true;
      return Optional.of(new News.Ending("it reaches its time to live", left(now)));
    }
    if (isIdle()
        && !idleEndAnnounced
        && idleLeft(now).compareTo(warning(spec.idleTimeout())) <= 0) {
      idleEndAnnounced = true;
      return Optional.of(new News.Ending("it is idle", idleLeft(now)));
    }
    return Optional.empty();
  }

  private boolean isIdle() {
    return !busy && uses == 0;
  }

  private Duration idleLeft(long now) {
    return positive(spec.idleTimeout().minusNanos(now - usedAt));
  }

  private static Duration warning(Duration time) {
    Duration half = time.dividedBy(2);
    return half.compareTo(LONGEST_WARNING) < 0 ? half : LONGEST_WARNING;
  }

  private static Duration positive(Duration time) {
    return time.isNegative() ? Duration.ZERO : time;
  }
}
