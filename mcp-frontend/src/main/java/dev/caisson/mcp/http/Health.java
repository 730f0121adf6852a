package dev.caisson.mcp.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether what is behind this server answers. Anybody may ask, so it is asked once at a time and an
 * answer holds for a moment. Any thread.
 */
final class Health {

  private static final Duration FRESH = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final BooleanSupplier serving;
  private final AtomicReference<@Nullable Asked> last = new AtomicReference<>();

  private record Asked(long when, CompletableFuture<Boolean> answer) {
    boolean isFresh() {
      return !answer.isDone() || System.nanoTime() - when < FRESH.toNanos();
    }
  }

  /**
   * @param serving may block, and throw for no
   */
  Health(BooleanSupplier serving) {
    this.serving = serving;
  }

  boolean isServing() throws InterruptedException {
    try {
      return asked().answer().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException problem) {
      return false;
    }
  }

  private Asked asked() {
    var known = last.get();
    if (known != null && known.isFresh()) {
      return known;
    }
    var mine = new Asked(System.nanoTime(), new CompletableFuture<>());
    if (!last.compareAndSet(known, mine)) {
      return asked();
    }
    Thread.ofVirtual().name("health").start(() -> ask(mine.answer()));
    return mine;
  }

  private void ask(CompletableFuture<Boolean> answer) {
    try {
      answer.complete(serving.getAsBoolean());
    } catch (RuntimeException problem) {
      answer.completeExceptionally(problem);
    }
  }
}
