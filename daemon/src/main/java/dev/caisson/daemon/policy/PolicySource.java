package dev.caisson.daemon.policy;

import java.util.Optional;

/** Where policies are found by name, whether they ever change or not. */
public interface PolicySource {

  /**
   * The policy of that name as it is now; the empty name is the default policy.
   *
   * @throws dev.caisson.daemon.error.SandboxException NOT_FOUND with the known names
   */
  Policy find(String name);

  /** The policy of that name as it is now, or nothing when there is none any more. */
  Optional<Policy> lookUp(String name);
}
