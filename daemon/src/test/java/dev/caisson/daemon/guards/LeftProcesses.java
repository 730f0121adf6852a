package dev.caisson.daemon.guards;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ends what a process has started and left: daemons that tests could not end. They are asked first,
 * so that they remove their sandboxes.
 */
final class LeftProcesses {

  private static final int PATIENCE_SECONDS = 30;

  private LeftProcesses() {}

  static void end(ProcessHandle process) {
    List<ProcessHandle> left = process.descendants().toList();
    left.forEach(ProcessHandle::destroy);
    var unused =
        CompletableFuture.allOf(
                left.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
            .completeOnTimeout(null, PATIENCE_SECONDS, TimeUnit.SECONDS)
            .join();
    left.forEach(ProcessHandle::destroyForcibly);
  }
}
