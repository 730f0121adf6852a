package dev.caisson.daemon.run;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Approval;
import dev.caisson.daemon.model.RunId;
import dev.caisson.daemon.model.ToolAnswer;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One run, from its request to its last event. Owned by the registry, not by the stream that asked
 * for it: a stream is a subscriber of {@link #events}.
 *
 * <p>What the caller sends before the run has a sandbox waits until it has one; a cancellation does
 * not wait.
 */
public final class Run {

  private final RunId id;
  private final RunSpec spec;
  private final RunEventLog events = new RunEventLog();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private boolean programEnded;

  @GuardedBy("lock")
  private Optional<RunControls> controls = Optional.empty();

  @GuardedBy("lock")
  private Optional<String> cancelled = Optional.empty();

  @GuardedBy("lock")
  private Optional<Thread> conductor = Optional.empty();

  @GuardedBy("lock")
  private Consumer<String> cancelEar = reason -> {};

  @GuardedBy("lock")
  private Optional<Sandboxes.Leased> leased = Optional.empty();

  @GuardedBy("lock")
  private boolean over;

  Run(RunId id, RunSpec spec) {
    this.id = id;
    this.spec = spec;
  }

  public RunId id() {
    return id;
  }

  public RunSpec spec() {
    return spec;
  }

  public RunEventLog events() {
    return events;
  }

  /** Answers a tool call. Dropped when the run is over. */
  public void toolAnswer(String callId, ToolAnswer answer) throws InterruptedException {
    Optional<RunControls> target = awaitControls();
    if (target.isPresent()) {
      target.get().toolAnswer(callId, answer);
    }
  }

  /** Answers a question for a person's approval. Dropped when the run is over. */
  public void approval(String callId, Approval approval) throws InterruptedException {
    awaitControls().ifPresent(target -> target.approval(callId, approval));
  }

  /** Passes standard input, waiting while the program does not read. */
  public void stdin(byte[] data) throws InterruptedException {
    Optional<RunControls> target = awaitControls();
    if (target.isPresent()) {
      target.get().stdin(data);
    }
  }

  public void stdinEnd() throws InterruptedException {
    awaitControls().ifPresent(RunControls::stdinEnd);
  }

  public void interrupt() throws InterruptedException {
    awaitControls().ifPresent(RunControls::interrupt);
  }

  /** Ends the run as cancelled, wherever it is. */
  public void cancel(String reason) {
    Optional<RunControls> target;
    Consumer<String> ear;
    lock.lock();
    try {
      if (over || cancelled.isPresent()) {
        return;
      }
      cancelled = Optional.of(reason);
      target = controls;
      ear = cancelEar;
      if (target.isEmpty()) {
        // It still waits for a sandbox: nothing but its thread can be told.
        conductor.ifPresent(Thread::interrupt);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    ear.accept(reason);
    target.ifPresent(t -> t.cancel(reason));
  }

  /** Ends the run because its caller broke a rule: the error is the last event. */
  public void refused(SandboxException error) {
    events.append(new RunEvent.Failed(error));
    cancel("a message of its caller was refused: " + error.getMessage());
  }

  // ---- the conductor ----

  /**
   * The run waits for a sandbox on this thread, which a cancellation interrupts from now on. Gives
   * the reason when it was cancelled before.
   */
  Optional<String> waitsOn(Thread thread) {
    lock.lock();
    try {
      conductor = Optional.of(thread);
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The wait is over: nobody interrupts its thread any more. Gives the reason of a cancellation.
   */
  Optional<String> waited() {
    lock.lock();
    try {
      conductor = Optional.empty();
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells of a cancellation, at once if there was one before: for work of the conductor's beside
   * the program. The last ear counts.
   *
   * @param ear must not block
   */
  void whenCancelled(Consumer<String> ear) {
    Optional<String> before;
    lock.lock();
    try {
      cancelEar = ear;
      before = cancelled;
    } finally {
      lock.unlock();
    }
    before.ifPresent(ear);
  }

  /** From now on the caller reaches the sandbox. Gives the reason when the run was cancelled. */
  Optional<String> attach(RunControls target) {
    lock.lock();
    try {
      controls = Optional.of(target);
      changed.signalAll();
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  Optional<String> cancelled() {
    lock.lock();
    try {
      return cancelled;
    } finally {
      lock.unlock();
    }
  }

  /** The program has ended, or was ended; its files may still come back. */
  void programEnded() {
    lock.lock();
    try {
      programEnded = true;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is or will be code that an interrupt could stop. */
  public boolean programGoesOn() {
    lock.lock();
    try {
      return !programEnded && !over;
    } finally {
      lock.unlock();
    }
  }

  /** Takes over a lease; {@link #end} closes it. */
  void closesAtItsEnd(Sandboxes.Leased lease) {
    lock.lock();
    try {
      leased = Optional.of(lease);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Appends the last event and then gives the sandbox up: its destruction costs the engine more
   * than the whole run did, and whoever waits for the end should not wait for that.
   */
  void end(RunEvent last) {
    over();
    events.append(last);
    Optional<Sandboxes.Leased> lease;
    lock.lock();
    try {
      lease = leased;
      leased = Optional.empty();
    } finally {
      lock.unlock();
    }
    lease.ifPresent(Sandboxes.Leased::close);
  }

  private void over() {
    lock.lock();
    try {
      over = true;
      controls = Optional.empty();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Optional<RunControls> awaitControls() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (controls.isEmpty() && !over && cancelled.isEmpty()) {
        changed.await();
      }
      return controls;
    } finally {
      lock.unlock();
    }
  }
}
