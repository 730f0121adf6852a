package dev.caisson.daemon.posture;

import dev.caisson.daemon.model.SandboxShape;
import dev.caisson.daemon.run.Sandboxes;

/** Finds out what a sandbox really is. */
@FunctionalInterface
public interface Examination {

  /** Examines a sandbox, which is used up by this and closed, also when it throws. */
  PostureReport examine(SandboxShape shape, Sandboxes.Leased leased);
}
