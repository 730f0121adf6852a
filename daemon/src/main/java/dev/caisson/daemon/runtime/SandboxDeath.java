package dev.caisson.daemon.runtime;

/** How a sandbox ended. The word of the engine and the cgroup, never of the code inside. */
public sealed interface SandboxDeath {

  /** Its first process ended with this status; 128 + n for a signal. */
  record Exited(int status) implements SandboxDeath {}

  /** The kernel killed it at its memory limit. */
  record OutOfMemory() implements SandboxDeath {}

  /** It is still running: only its streams ended. */
  record StillRunning() implements SandboxDeath {}

  /** The engine does not know it any more, or did not answer. */
  record Unknown(String why) implements SandboxDeath {}
}
