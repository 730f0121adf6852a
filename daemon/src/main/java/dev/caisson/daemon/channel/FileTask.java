package dev.caisson.daemon.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What requests about files have in common that one task makes: a moment by which all of it must be
 * over, and an end that somebody else may put to it before. Without it each request is bounded, and
 * a sandbox that does a little now and then holds the task up for ever.
 *
 * <p>Threads: one asks, one request after another; any may {@link #cancel}. The lock is never held
 * over I/O.
 */
public final class FileTask {

  /** Of a request that stands for itself. */
  private static final Duration FAR = Duration.ofDays(365);

  private final Deadline deadline;
  private final String late;
  private final ReentrantLock lock = new ReentrantLock();

  /** The last request, over or not. */
  @GuardedBy("lock")
  private Optional<FileRequest> current = Optional.empty();

  @GuardedBy("lock")
  private Optional<SandboxException> cancelled = Optional.empty();

  /**
   * @param late what is said to whoever asks past the deadline
   */
  public FileTask(Deadline deadline, String late) {
    this.deadline = deadline;
    this.late = late;
  }

  static FileTask unbounded() {
    return new FileTask(Deadline.after(FAR), "a request about files took too long");
  }

  /** Ends the request in progress and those that would follow. Counts once. */
  public void cancel(SandboxException why) {
    Optional<FileRequest> request;
    lock.lock();
    try {
      if (cancelled.isPresent()) {
        return;
      }
      cancelled = Optional.of(why);
      request = current;
    } finally {
      lock.unlock();
    }
    request.ifPresent(open -> open.cancel(why));
  }

  /** Throws when the task is over, so that nothing new is begun. */
  public void requireGoingOn() {
    lock.lock();
    try {
      if (cancelled.isPresent()) {
        throw again(cancelled.get());
      }
    } finally {
      lock.unlock();
    }
    if (deadline.passed()) {
      throw late();
    }
  }

  void began(FileRequest request) {
    Optional<SandboxException> why;
    lock.lock();
    try {
      current = Optional.of(request);
      why = cancelled;
    } finally {
      lock.unlock();
    }
    why.ifPresent(request::cancel);
  }

  Duration remaining() {
    return deadline.remaining();
  }

  SandboxException late() {
    return new SandboxException(ErrorCode.TOO_SLOW, late);
  }

  private static SandboxException again(SandboxException why) {
    return new SandboxException(why.code(), why.getMessage(), why);
  }
}
