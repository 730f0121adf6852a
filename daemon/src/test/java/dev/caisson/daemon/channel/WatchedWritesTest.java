package dev.caisson.daemon.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.caisson.daemon.model.ManualTicker;
import dev.caisson.daemon.runtime.SandboxConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes to a sandbox that takes frames in when the test says so, by a clock that it moves. */
@Timeout(60)
class WatchedWritesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ManualTicker ticker = new ManualTicker();
  private final Gate gate = new Gate();
  private final AtomicInteger stuck = new AtomicInteger();
  private final WatchedWrites writes =
      new WatchedWrites(
          gate,
          PATIENCE,
          ticker,
          () -> {
            stuck.incrementAndGet();
            gate.close();
          });
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    gate.close();
    threads.shutdownNow();
  }

  @Test
  void oneThatDoesNotGoInForTooLongIsToldOnce() {
    Future<?> written = write();
    awaitWriters(1);

    ticker.advance(PATIENCE.minusNanos(1));
    assertThat(writes.look()).isTrue();
    ticker.advance(Duration.ofNanos(1));

    assertThat(writes.look()).isFalse();
    assertThat(writes.look()).isFalse();
    assertThat(stuck).hasValue(1);
    assertThatThrownBy(written::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void whoeverWaitsBehindOthersThatGoInIsNotStuck() throws Exception {
    Future<?> first = write();
    awaitWriters(1);
    ticker.advance(PATIENCE.dividedBy(2));
    Future<?> second = write();
    awaitWriters(2);

    ticker.advance(PATIENCE.dividedBy(2).minusNanos(1));
    gate.takes(1);
    await().until(() -> first.isDone() || second.isDone());
    ticker.advance(PATIENCE.minusNanos(1));

    assertThat(writes.look()).isTrue();
    gate.takes(1);
    first.get();
    second.get();
    assertThat(stuck).hasValue(0);
  }

  @Test
  void aSandboxThatNobodyWritesToIsNotStuck() throws Exception {
    gate.takes(1);
    write().get();

    ticker.advance(PATIENCE.multipliedBy(100));

    assertThat(writes.look()).isFalse();
    gate.takes(1);
    write().get();
    assertThat(stuck).hasValue(0);
  }

  private Future<?> write() {
    return threads.submit(() -> {
      writes.write(ByteBuffer.allocate(1));
      return null;
    });
  }

  private void awaitWriters(int count) {
    await().until(() -> gate.writers.get() == count);
  }

  /** Takes as many frames as it was told to. */
  private static final class Gate implements SandboxConnection {

    private static final int MANY = 1_000;

    private final Semaphore frames = new Semaphore(0);
    private final AtomicInteger writers = new AtomicInteger();
    private volatile boolean closed;

    void takes(int count) {
      frames.release(count);
    }

    @Override
    public Optional<Inbound> read() {
      return Optional.empty();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      writers.incrementAndGet();
      frames.acquireUninterruptibly();
      if (closed) {
        throw new IOException("closed");
      }
    }

    @Override
    public void endInput() {}

    @Override
    public void close() {
      closed = true;
      frames.release(MANY);
    }
  }
}
