package dev.caisson.daemon.posture;

import dev.caisson.daemon.error.ErrorCode;
import dev.caisson.daemon.error.SandboxException;
import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.run.Sandboxes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decorator for Sandboxes that gives none away before its make was proven to be what it should be:
 * at the first sandbox of each image, and again when gVisor or its flags are others. A sandbox that
 * was examined is used up; the next one of its make goes to the run.
 *
 * <p>Threads: safe for use by many. One examination at a time: who needs it waits for it under the
 * lock, which nobody takes who finds the make proven.
 */
public final class ProvenSandboxes implements Sandboxes {

  private static final Logger LOG = LoggerFactory.getLogger(ProvenSandboxes.class);

  private final Sandboxes sandboxes;
  private final Examination examination;
  private final ReentrantLock examining = new ReentrantLock();

  /** The differences of each make that was examined: empty for one that holds. */
  private final Map<String, String> examined = new ConcurrentHashMap<>();

  public ProvenSandboxes(Sandboxes sandboxes, Examination examination) {
    this.sandboxes = sandboxes;
    this.examination = examination;
  }

  /**
   * @throws SandboxException also {@code ENGINE_UNSUITABLE} with all differences when sandboxes of
   *     this make are not what they should be
   */
  @Override
  public Leased lease(SandboxShape shape, Deadline deadline) throws InterruptedException {
    while (true) {
      Leased leased = sandboxes.lease(shape, deadline);
      if (proven(shape, leased)) {
        return leased;
      }
    }
  }

  /** Examines a sandbox of this shape now, unless its make is known, so that no run has to wait. */
  public void prove(SandboxShape shape, Deadline deadline) throws InterruptedException {
    Leased leased = sandboxes.lease(shape, deadline);
    if (proven(shape, leased)) {
      leased.close();
    }
  }

  /** False when the sandbox was used up to prove its make. Closes it unless this is true. */
  private boolean proven(SandboxShape shape, Leased leased) {
    String make = leased.sandbox().make();
    String known = examined.get(make);
    if (known != null) {
      return holds(known, leased);
    }
    examining.lock();
    try {
      known = examined.get(make);
      if (known != null) {
        return holds(known, leased);
      }
      String differences = examine(shape, leased);
      examined.put(make, differences);
      requireNone(differences);
      return false;
    } finally {
      examining.unlock();
    }
  }

  private static boolean holds(String differences, Leased leased) {
    if (!differences.isEmpty()) {
      leased.close();
    }
    requireNone(differences);
    return true;
  }

  private static void requireNone(String differences) {
    if (!differences.isEmpty()) {
      throw new SandboxException(
          ErrorCode.ENGINE_UNSUITABLE,
          "sandboxes are not what they should be, so none is used:\n" + differences);
    }
  }

  private String examine(SandboxShape shape, Leased leased) {
    PostureReport report = examination.examine(shape, leased);
    if (report.holds()) {
      LOG.info(
          "sandboxes of image {} are what they should be in {} respects",
          shape.image(),
          report.facts().size());
    }
    return report.differences();
  }
}
