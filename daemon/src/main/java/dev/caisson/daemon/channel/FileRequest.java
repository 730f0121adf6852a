package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.DurationText;
import dev.caisson.daemon.model.FileEntry;
import dev.caisson.daemon.model.SandboxLimits;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * One request about a file, from its first frame to the agent's answer.
 *
 * <p>Threads: frames arrive on the channel's reader, which never waits here: what is kept is
 * bounded by the window. One thread asks and waits; any may {@link #cancel}. The lock is never held
 * over I/O.
 */
final class FileRequest {

  /** Bytes that may be on their way, in either direction. */
  static final int WINDOW = 256 << 10;

  private final AgentChannel channel;
  private final long number;
  private final FileQuestion question;
  private final FileTask task;
  private final Duration patience;
  private final ReceiveWindow incoming = new ReceiveWindow("file", WINDOW);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final Deque<byte[]> arrived = new ArrayDeque<>();

  /** What is still to come at most; unknown before the file was found. */
  @GuardedBy("lock")
  private long left;

  @GuardedBy("lock")
  private Optional<FileEntry> found = Optional.empty();

  @GuardedBy("lock")
  private Optional<FileAnswer> done = Optional.empty();

  @GuardedBy("lock")
  private Optional<Function<SandboxLimits, SandboxException>> failure = Optional.empty();

  /** Bytes received; of a write, bytes sent. */
  @GuardedBy("lock")
  private long moved;

  /** Bytes sent that the agent has not taken. */
  @GuardedBy("lock")
  private long outstanding;

  @GuardedBy("lock")
  private boolean putEnded;

  @GuardedBy("lock")
  private boolean cancelled;

  private volatile Runnable whenOver = () -> {};

  /**
   * @param task that it is a part of
   * @param patience how long the agent may take for its next word
   */
  FileRequest(
      AgentChannel channel, long number, FileQuestion question, FileTask task, Duration patience) {
    this.channel = channel;
    this.number = number;
    this.question = question;
    this.task = task;
    this.patience = patience;
  }

  long number() {
    return number;
  }

  // ---- from the channel's reader ----

  /** One frame of the agent's. True when it was the answer. */
  boolean received(Message message) {
    return switch (message.kind()) {
      case FILE_FOUND -> found(message);
      case FILE_DATA -> data(message.payload());
      case FILE_AGENT_CREDIT -> credited(message);
      case FILE_DONE -> done(message);
      case FILE_ERROR -> {
        answered(Optional.empty(), Optional.of(FileFailures.read(message, question)));
        yield true;
      }
      default -> throw new IllegalStateException("no frame of a file: " + message.kind());
    };
  }

  /** The channel is gone. */
  void lost(SandboxException why) {
    answered(
        Optional.empty(),
        Optional.of(limits -> new SandboxException(why.code(), why.getMessage(), why)));
  }

  private boolean found(Message message) {
    FileEntry entry = FileAnswer.entry(Json.readObject(message).path("entry"), question.path());
    lock.lock();
    try {
      if (question.kind() != FrameKind.FILE_READ || found.isPresent()) {
        throw unasked(message);
      }
      found = Optional.of(entry);
      left = Math.min(Math.max(0, entry.size() - question.from()), question.most());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return false;
  }

  private boolean data(byte[] bytes) {
    incoming.received(bytes.length);
    lock.lock();
    try {
      left -= bytes.length;
      moved += bytes.length;
      if (found.isEmpty() || left < 0 || bytes.length == 0) {
        throw Violation.of("bytes of a file that were not asked for, in request " + number);
      }
      if (!cancelled) {
        arrived.add(bytes);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
    return false;
  }

  private boolean credited(Message message) {
    if (message.payload().length != 4) {
      throw Violation.of("a credit frame of " + message.payload().length + " bytes");
    }
    long bytes = ByteBuffer.wrap(message.payload()).getInt() & 0xFFFF_FFFFL;
    lock.lock();
    try {
      if (question.kind() != FrameKind.FILE_WRITE || bytes == 0 || bytes > outstanding) {
        throw Violation.of(
            "credit for %d bytes of file request %d, where %d were open"
                .formatted(bytes, number, outstanding));
      }
      outstanding -= bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return false;
  }

  private boolean done(Message message) {
    FileAnswer answer = FileAnswer.read(message, question);
    lock.lock();
    try {
      if (answer instanceof FileAnswer.ReadEnd(FileEnd end)
          && (found.isEmpty() || end.bytes() != moved)) {
        throw Violation.of("a file of other than %d bytes, in request %d".formatted(moved, number));
      }
      if (question.kind() == FrameKind.FILE_WRITE && !putEnded) {
        throw unasked(message);
      }
    } finally {
      lock.unlock();
    }
    answered(Optional.of(answer), Optional.empty());
    return true;
  }

  private void answered(
      Optional<FileAnswer> answer, Optional<Function<SandboxLimits, SandboxException>> why) {
    lock.lock();
    try {
      if (isOver()) {
        return;
      }
      done = answer;
      failure = why;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    whenOver.run();
  }

  // ---- from whoever asks ----

  /** Waits for what was opened. */
  @SuppressWarnings("GuardedBy") // the condition is only evaluated under the lock, in await
  FileEntry awaitFound(SandboxLimits limits) {
    await(() -> found.isPresent() || isOver());
    lock.lock();
    try {
      return found.orElseThrow(() -> failed(limits));
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next bytes; empty at the end. */
  @SuppressWarnings("GuardedBy") // as above
  Optional<byte[]> awaitData(SandboxLimits limits) {
    await(() -> !arrived.isEmpty() || isOver());
    byte[] next;
    lock.lock();
    try {
      if (arrived.isEmpty()) {
        if (done.isPresent()) {
          return Optional.empty();
        }
        throw failed(limits);
      }
      next = arrived.remove();
    } finally {
      lock.unlock();
    }
    long credit = incoming.consumed(next.length);
    if (credit > 0) {
      byte[] payload = ByteBuffer.allocate(4).putInt((int) credit).array();
      // Whoever reads has bytes, and waits for nothing.
      channel.sendApart(new Message(FrameKind.FILE_CREDIT, number, payload));
    }
    return Optional.of(next);
  }

  /** Sends bytes, at most a frame full, when the agent has room for them. */
  @SuppressWarnings("GuardedBy") // as above
  void put(byte[] bytes, SandboxLimits limits) {
    await(() -> outstanding + bytes.length <= WINDOW || isOver());
    lock.lock();
    try {
      if (isOver()) {
        throw failed(limits);
      }
      outstanding += bytes.length;
      moved += bytes.length;
    } finally {
      lock.unlock();
    }
    channel.send(new Message(FrameKind.FILE_PUT, number, bytes));
  }

  /** Tells of the answer to whoever waits for something else; must not block. */
  void whenOver(Runnable ear) {
    whenOver = ear;
    boolean over;
    lock.lock();
    try {
      over = isOver();
    } finally {
      lock.unlock();
    }
    if (over) {
      ear.run();
    }
  }

  void putEnd() {
    lock.lock();
    try {
      putEnded = true;
    } finally {
      lock.unlock();
    }
    channel.send(Message.empty(FrameKind.FILE_PUT_END, number));
  }

  /** Waits for the answer. */
  @SuppressWarnings("GuardedBy") // as above
  FileAnswer awaitDone(SandboxLimits limits) {
    await(this::isOver);
    lock.lock();
    try {
      return done.orElseThrow(() -> failed(limits));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Nobody waits for it any more; whoever does is told so. Nothing happens once it is answered.
   * Returns at once, whatever the sandbox does.
   */
  void cancel(SandboxException why) {
    lock.lock();
    try {
      if (cancelled || isOver()) {
        return;
      }
      cancelled = true;
      arrived.clear();
      failure = Optional.of(limits -> why);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    channel.sendApart(Message.empty(FrameKind.FILE_CANCEL, number));
  }

  private void await(BooleanSupplier condition) {
    if (!holdsInTime(condition)) {
      SandboxException why = task.remaining().isZero() ? task.late() : noStep();
      cancel(why);
      throw why;
    }
  }

  private boolean holdsInTime(BooleanSupplier condition) {
    lock.lock();
    try {
      long nanos = Math.min(patience.toNanos(), task.remaining().toNanos());
      while (!condition.getAsBoolean()) {
        if (nanos <= 0) {
          return false;
        }
        nanos = changed.awaitNanos(nanos);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SandboxException(
          ErrorCode.SHUTTING_DOWN, "interrupted during a request about a file", e);
    } finally {
      lock.unlock();
    }
  }

  private SandboxException noStep() {
    return new SandboxException(
        ErrorCode.TOO_SLOW,
        "the sandbox made no step in a request about %s for %s; try again, or reset the session"
            .formatted(question.path().shown(), DurationText.of(patience)));
  }

  @GuardedBy("lock")
  private boolean isOver() {
    return done.isPresent() || failure.isPresent();
  }

  @GuardedBy("lock")
  private SandboxException failed(SandboxLimits limits) {
    return failure
        .orElseThrow(() -> new IllegalStateException("request " + number + " has not failed"))
        .apply(limits);
  }

  private SandboxException unasked(Message message) {
    return Violation.of(
        "a %s frame that file request %d does not wait for"
            .formatted(message.kind().wireName(), number));
  }
}
