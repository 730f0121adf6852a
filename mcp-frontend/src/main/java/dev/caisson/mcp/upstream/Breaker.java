package dev.caisson.mcp.upstream;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When a server may be started or connected to again. It counts what came to nothing since the
 * server last answered a call: attempts that failed, and connections that were lost. A connection
 * alone proves nothing: a server that dies on every call is always connected before.
 *
 * <p>The first loss costs nothing: a server may be restarted, or forget a session. After that, and
 * after each failed attempt, the next one waits: 0.5 s, doubled up to 30 s.
 *
 * <p>Not thread-safe: whoever has it guards it.
 */
final class Breaker {

  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(500).toNanos();
  private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(30).toNanos();

  private final LongSupplier nanoTime;
  private int inVain;
  private long notBefore;

  Breaker(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.notBefore = nanoTime.getAsLong();
  }

  /** Nanoseconds until the next attempt may begin; none left, or less, when it may now. */
  long pauseNanos() {
    return notBefore - nanoTime.getAsLong();
  }

  /** An attempt to connect failed. */
  void failed() {
    pause(FIRST_PAUSE_NANOS << Math.min(inVain, 10));
  }

  /** A connection was lost. */
  void lost() {
    pause(inVain == 0 ? 0 : FIRST_PAUSE_NANOS << Math.min(inVain - 1, 10));
  }

  /** A call was answered, with whatever. */
  void answered() {
    inVain = 0;
  }

  private void pause(long nanos) {
    inVain++;
    notBefore = nanoTime.getAsLong() + Math.min(nanos, LONGEST_PAUSE_NANOS);
  }
}
