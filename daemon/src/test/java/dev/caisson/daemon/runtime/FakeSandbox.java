package dev.caisson.daemon.runtime;

import dev.caisson.daemon.model.ByteSize;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxId;
import dev.caisson.daemon.runtime.SandboxConnection.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A sandbox in memory whose program is Java.
 *
 * <p>Threads: the program runs on a virtual thread of its own; everything else may come from any
 * thread.
 */
public final class FakeSandbox implements RunningSandbox {

  private static final int PIECE_BYTES = 64 * 1024;

  private final SandboxId id;
  private final BoundedPipe<Origin> outbound = new BoundedPipe<>();
  private final BoundedPipe<Origin> inbound = new BoundedPipe<>();
  private final AtomicReference<Optional<SandboxDeath>> death =
      new AtomicReference<>(Optional.empty());
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger destructions = new AtomicInteger();
  private final Thread program;
  private final Runnable onDestroyed;
  private final Connection connection = new Connection();
  private volatile boolean ready;

  FakeSandbox(SandboxId id, FakeProgram program, Runnable onDestroyed) {
    this.id = id;
    this.onDestroyed = onDestroyed;
    this.program = Thread.ofVirtual().name("fake-" + id).unstarted(() -> execute(program));
  }

  void start() {
    program.start();
  }

  @Override
  public SandboxId id() {
    return id;
  }

  @Override
  public SandboxConnection connection() {
    return connection;
  }

  @Override
  public void ready() {
    ready = true;
  }

  @Override
  public Duration cpuTime() {
    return usage().cpuTime();
  }

  @Override
  public void runBegins() {}

  /** Whether it was said to be ready. */
  public boolean isReady() {
    return ready;
  }

  @Override
  public String make() {
    return "fake";
  }

  @Override
  public List<Fact> posture() {
    return List.of();
  }

  @Override
  public SandboxUsage usage() {
    boolean outOfMemory =
        death.get().filter(how -> how instanceof SandboxDeath.OutOfMemory).isPresent();
    return new SandboxUsage(
        Duration.ofMillis(1),
        ByteSize.ofMebibytes(8),
        ByteSize.ofMebibytes(16),
        outOfMemory ? 1 : 0);
  }

  @Override
  public SandboxDeath death(Deadline deadline) {
    try {
      if (!ended.await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        return new SandboxDeath.StillRunning();
      }
      return death.get().orElseThrow();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new SandboxDeath.Unknown("interrupted");
    }
  }

  @Override
  public void destroy(Deadline deadline) {
    kill();
    destructions.incrementAndGet();
    onDestroyed.run();
  }

  /** Dies as by a kill from outside; it still has to be destroyed. */
  public void kill() {
    end(new SandboxDeath.Exited(137));
    program.interrupt();
  }

  /** True once it was destroyed. */
  public boolean destroyed() {
    return destructions.get() > 0;
  }

  private void execute(FakeProgram body) {
    SandboxDeath how;
    try {
      how =
          new SandboxDeath.Exited(
              body.run(
                  new FakeProgram.Streams(
                      new ProgramInput(),
                      new ProgramOutput(Origin.WORKER),
                      new ProgramOutput(Origin.SUPERVISOR))));
    } catch (FakeProgram.OutOfMemory e) {
      how = new SandboxDeath.OutOfMemory();
    } catch (IOException e) {
      how = new SandboxDeath.Exited(1);
    }
    end(how);
  }

  private void end(SandboxDeath how) {
    death.compareAndSet(Optional.empty(), Optional.of(how));
    inbound.end();
    outbound.shatter();
    ended.countDown();
  }

  private final class Connection implements SandboxConnection {

    @Override
    public Optional<Inbound> read() throws IOException {
      return inbound.take(PIECE_BYTES).map(taken -> new Inbound(taken.tag(), taken.bytes()));
    }

    @Override
    public synchronized void write(ByteBuffer bytes) throws IOException {
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      outbound.put(Origin.WORKER, copy, 0, copy.length);
    }

    @Override
    public void endInput() {
      outbound.end();
    }

    @Override
    public void close() {
      outbound.end();
      inbound.shatter();
    }
  }

  private final class ProgramInput extends InputStream {

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      Optional<BoundedPipe.Taken<Origin>> taken = outbound.take(length);
      if (taken.isEmpty()) {
        return -1;
      }
      int count = taken.get().bytes().remaining();
      taken.get().bytes().get(into, offset, count);
      return count;
    }
  }

  private final class ProgramOutput extends OutputStream {

    private final Origin origin;

    ProgramOutput(Origin origin) {
      this.origin = origin;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      inbound.put(origin, bytes, offset, length);
    }
  }
}
