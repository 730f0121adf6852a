package dev.caisson.daemon.run;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.RunId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * All runs of this daemon. Starts each on a virtual thread of its own, keeps it until it has ended,
 * and ends those that are left when the daemon shuts down.
 */
public final class RunRegistry {

  private final RunExecutor executor;
  private final Supplier<RunId> ids;
  private final RunAudit audit;
  private final Map<RunId, Run> runs = new ConcurrentHashMap<>();
  private volatile boolean draining;

  public RunRegistry(RunExecutor executor, Supplier<RunId> ids, RunAudit audit) {
    this.executor = executor;
    this.ids = ids;
    this.audit = audit;
  }

  /** Starts a run; its events tell all that happens to it, the refusal of its request included. */
  public Run start(RunSpec spec) {
    if (draining) {
      throw new SandboxException(
          ErrorCode.SHUTTING_DOWN, "the daemon is shutting down and takes no new runs");
    }
    Run run = new Run(ids.get(), spec);
    runs.put(run.id(), run);
    Thread.ofVirtual().name("run-" + run.id()).start(() -> conduct(run));
    return run;
  }

  public int active() {
    return runs.size();
  }

  /** Takes no new runs; lets those there are end until the deadline, then cancels them. */
  public void drain(Deadline deadline) {
    draining = true;
    awaitNone(deadline);
    runs.values().forEach(run -> run.cancel("the daemon is shutting down"));
    awaitNone(Deadline.after(java.time.Duration.ofSeconds(2)));
  }

  private void awaitNone(Deadline deadline) {
    while (!runs.isEmpty() && !deadline.passed()) {
      LockSupport.parkNanos(5_000_000);
    }
  }

  private void conduct(Run run) {
    RunEvent last =
        new RunEvent.Failed(
            new SandboxException(
                ErrorCode.INTERNAL, "run " + run.id() + " failed by a fault of the daemon"));
    try {
      last = new RunEvent.Finished(executor.execute(run));
    } catch (SandboxException e) {
      last = new RunEvent.Failed(e);
    } catch (RuntimeException e) {
      last =
          new RunEvent.Failed(
              new SandboxException(
                  ErrorCode.INTERNAL, "run " + run.id() + " failed by a fault of the daemon", e));
    } finally {
      runs.remove(run.id());
      run.end(last);
      audit.ended(run, last);
    }
  }
}
